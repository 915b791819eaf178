import { readFileSync } from 'node:fs'

/** How long the main thread of a process has run, and how long it stood ready and waited for a processor (proc(5), schedstat). */
const readTimes = (pid: number): { readonly ran: number; readonly waited: number } => {
  const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ').map(Number)
  return { ran, waited }
}

/**
 * Begins to look at how much of the time in which a process had something to do it could do it: 1 on an idle machine, 0.2 where it
 * shared a processor with four others. Call what is returned for the share since then.
 */
export const watchShare = (pid: number): (() => number) => {
  const before = readTimes(pid)
  return () => {
    const { ran, waited } = readTimes(pid)
    const run = ran - before.ran
    return run / Math.max(1, run + waited - before.waited)
  }
}
