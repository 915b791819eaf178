import { herald } from '../peers/herald.ts'
import { userId } from '../peers/peer.ts'
import { sign } from '../peers/tokens.ts'
import { makeHome, startServer } from '../processes/server.ts'
import { percentile } from '../report/figures.ts'

/** What one way of calling `notify` brought. */
export interface NotifySample {
  readonly title: string
  readonly database: 'SQLite' | 'Postgres'
  readonly usersPerSecond: number
  readonly callsPerSecond: number
  readonly p50: number
  readonly p99: number
}

const BULK = 10_000
const QUERY = 'mutation ($input: NotifyInput!) { notify(input: $input) { recipients } }'

const everyone = Array.from({ length: BULK }, (_, index) => userId(index))

const CASES: readonly { title: string; parallel: number; users: (call: number) => readonly string[] }[] = [
  { title: 'one user, one call after the other', parallel: 1, users: () => ['ada'] },
  { title: 'one user, 32 calls at a time', parallel: 32, users: () => ['ada'] },
  { title: 'many users, 32 calls at a time', parallel: 32, users: (call) => [userId(call % BULK)] },
  { title: '10,000 users in one call', parallel: 1, users: () => everyone },
]

/** Calls over HTTP; returns how long each took, in milliseconds. */
async function createCall(url: string) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await sign('bench', 'backend')}` }
  return async (userIds: readonly string[]): Promise<number> => {
    const variables = { input: { userIds, notification: { type: 'bench.event', title: 'A notification' } } }
    const body = JSON.stringify({ query: QUERY, variables })
    const started = performance.now()
    const response = await fetch(url, { method: 'POST', headers, body })
    const text = await response.text()
    if (text.includes('"errors"')) throw new Error(text)
    return performance.now() - started
  }
}

/** Stored notifications per second through the mutation over HTTP, on a fresh node; nobody is connected. */
export async function measureNotify(ms: number, databaseUrl?: string): Promise<readonly NotifySample[]> {
  const home = makeHome(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl })
  const server = await startServer(herald, home)
  const samples: NotifySample[] = []
  try {
    const call = await createCall(server.url)
    await call(['warm-up'])
    for (const { title, parallel, users } of CASES) {
      const latencies: number[] = []
      let calls = 0
      let reached = 0
      const started = performance.now()
      const worker = async (): Promise<void> => {
        while (performance.now() - started < ms) {
          const userIds = users(calls++)
          latencies.push(await call(userIds))
          reached += userIds.length
        }
      }
      await Promise.all(Array.from({ length: parallel }, worker))
      const seconds = (performance.now() - started) / 1_000
      samples.push({
        title,
        database: databaseUrl === undefined ? 'SQLite' : 'Postgres',
        usersPerSecond: reached / seconds,
        callsPerSecond: latencies.length / seconds,
        p50: percentile(latencies, 50),
        p99: percentile(latencies, 99),
      })
    }
    return samples
  } finally {
    await server.kill()
    home.remove()
  }
}
