import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Order, Places, Report } from './crowd-process.ts'

/** Many sockets in a process of their own, none of which ever connects again. */
export interface Crowd {
  /** What each follower has got until now. */
  report(): Promise<Report>
  /** Waits until every follower has got this number as a title, and reports what they all got. */
  until(number: number): Promise<Report>
}

/** Connects a socket for each token and, with a query, follows it; the process is killed when the test is over. */
export async function openCrowd(places: readonly Places[], query: string | null): Promise<Crowd> {
  const child = fork(resolve(import.meta.dirname, 'crowd-process.ts'), { execArgv: [] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const died = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The crowd ended with ${code}`)))
  died.catch(() => {})
  const ask = async (order: Order): Promise<Report> => {
    child.send(order)
    const [report] = await Promise.race([once(child, 'message'), died])
    return report as Report
  }
  await ask({ connect: { query, places } })
  return { report: () => ask({}), until: (until) => ask({ until }) }
}
