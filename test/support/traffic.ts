import { setTimeout } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { startTestApp, type TestApp } from './app.ts'
import { openCrowd } from './crowd.ts'
import { nodeEnvironment, until } from './nodes.ts'
import { post } from './process.ts'
import { reconcile } from './reconcile.ts'

/** Users who are told something all the time, and follow it on each of two nodes with sockets that never connect again. */
export interface Traffic {
  readonly nodes: readonly TestApp[]
  readonly prefix: string
  /** Users with sockets on both nodes. */
  readonly userIds: readonly string[]
  /** Sockets of all of them. */
  readonly sockets: number
  /** Asks as a backend. */
  ask(query: string): Promise<Readonly<Record<string, unknown>>>
  /** Resolves when everyone has got something that is sent from now on. */
  passes(): Promise<void>
  /** Resolves when this is what `/ready` says of every node. */
  ready(status: number): Promise<void>
  /** Stops telling. Resolves to what everyone got, compared with what was sent. */
  end(): Promise<ReturnType<typeof reconcile> & { readonly closed: number }>
}

const SUBSCRIPTION = 'subscription { notificationAdded { title } }'
const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const PAUSE_MS = 20

/** Begins it on two nodes with this Redis; it ends with the test. Everyone follows already. */
export async function openTraffic(redisUrl: string, userIds: readonly string[]): Promise<Traffic> {
  const env = { ...nodeEnvironment(redisUrl), REDIS_CANARY_MS: '500', REDIS_LEASE_MS: '5000' }
  const nodes = [await startTestApp({ env }), await startTestApp({ env })] as const
  const backend = await nodes[0].token('shop', 'backend')
  const tokens = await Promise.all(userIds.map((id) => nodes[0].token(id)))
  const crowd = await openCrowd(
    nodes.map(({ wsUrl }) => ({ url: wsUrl, tokens })),
    SUBSCRIPTION,
  )
  const send = async (number: number): Promise<void> => {
    const input = { userIds, notification: { type: 'a.b', title: String(number) } }
    await post(nodes[Math.abs(number % 2)]?.url ?? '', backend, NOTIFY, { input })
  }
  for (let warmUp = -1; (await crowd.report()).numbers.some(({ length }) => length === 0); warmUp -= 1) {
    await send(warmUp)
    await setTimeout(PAUSE_MS)
  }

  let next = 0
  let isOver = false
  const sending = (async (): Promise<void> => {
    for (; !isOver; next += 1) await Promise.all([send(next), setTimeout(PAUSE_MS)])
  })()
  sending.catch(() => {})
  const stop = async (): Promise<void> => {
    isOver = true
    await sending
  }
  onTestFinished(stop)

  return {
    nodes,
    prefix: env.REDIS_PREFIX,
    userIds,
    sockets: nodes.length * userIds.length,
    ask: (query) => post(nodes[0].url, backend, query),
    passes: async () => {
      await crowd.until(next)
    },
    ready: async (status) => {
      for (const { url } of nodes) await until(async () => (await fetch(new URL('/ready', url))).status === status)
    },
    end: async () => {
      await stop()
      const last = next - 1
      const { numbers, closed } = await crowd.until(last)
      return { ...reconcile(numbers, last), closed }
    },
  }
}
