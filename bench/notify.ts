import { herald } from './peers/herald.ts'
import { sign } from './peers/tokens.ts'
import { startServer } from './processes.ts'
import { format, percentile } from './report/figures.ts'

const BULK = 10_000

const QUERY = 'mutation ($input: NotifyInput!) { notify(input: $input) { recipients } }'

/**
 * Stored notifications per second through the mutation over HTTP: to one user one call after the other, to many users 32
 * calls at a time, and 10,000 users in one call. Rows of a table.
 */
export const measureNotify = async (windowMs: number): Promise<string[][]> => {
  const server = await startServer(herald, undefined)
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await sign('bench', 'backend')}` }
  const call = async (userIds: readonly string[]): Promise<number> => {
    const variables = { input: { userIds, notification: { type: 'bench.event', title: 'A notification' } } }
    const started = performance.now()
    const response = await fetch(server.url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: QUERY, variables }),
    })
    const text = await response.text()
    if (text.includes('"errors"')) throw new Error(text)
    return performance.now() - started
  }

  const run = async (
    title: string,
    parallel: number,
    users: (call: number) => readonly string[],
  ): Promise<string[]> => {
    const latencies: number[] = []
    let calls = 0
    let reached = 0
    const started = performance.now()
    const worker = async (): Promise<void> => {
      while (performance.now() - started < windowMs) {
        const userIds = users(calls++)
        latencies.push(await call(userIds))
        reached += userIds.length
      }
    }
    await Promise.all(Array.from({ length: parallel }, worker))
    const seconds = (performance.now() - started) / 1_000
    const cells = [reached / seconds, latencies.length / seconds, percentile(latencies, 50), percentile(latencies, 99)]
    return [title, ...cells.map(format)]
  }

  try {
    const everyone = Array.from({ length: BULK }, (_, index) => `user-${index}`)
    await call(['warm-up'])
    return [
      await run('one user, one call after the other', 1, () => ['ada']),
      await run('many users, 32 calls at a time', 32, (n) => [`user-${n % BULK}`]),
      await run('10,000 users in one call', 1, () => everyone),
    ]
  } finally {
    await server.stop()
  }
}
