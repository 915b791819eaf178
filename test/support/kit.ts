import { expect, onTestFinished } from 'vitest'
import { createHeraldClient, type HeraldClient, type HeraldClientOptions } from '../../packages/client/src/client.ts'
import type { ConnectionState } from '../../packages/client/src/connection.ts'
import { signTestToken, startTestApp, type TestApp } from './app.ts'
import { connectDevice, type Data } from './device.ts'
import { NO_BUDGETS } from './no-budgets.ts'
import { type Network, openProxy } from './proxy.ts'

/** Those of the kit, made smaller: in milliseconds. */
export const SMALL_TIMES = {
  ping: 300,
  pong: 300,
  connecting: 500,
  retry: 50,
  longestRetry: 200,
  tryWebSocket: 500,
} as const

/** A client of the kit, which ends with the test. */
export function openKit(options: HeraldClientOptions): HeraldClient {
  const client = createHeraldClient({ ...options, times: { ...SMALL_TIMES, ...options.times } })
  onTestFinished(() => client.dispose())
  return client
}

/** A Herald, a backend, and a network to it that can fail. */
export interface KitScene {
  readonly app: TestApp
  readonly network: Network
  /** Where a client gets to Herald through the network. */
  readonly url: string
  readonly backend: Awaited<ReturnType<typeof connectDevice>>
  /** Notifies alice. */
  notify(title: string): Promise<Data>
}

/** Starts a Herald behind a network that can fail. */
export async function openScene(env: Record<string, string> = {}): Promise<KitScene> {
  // On a fast machine a test says more in a second than people do.
  const app = await startTestApp({ env: { ...NO_BUDGETS, ...env } })
  const network = await openProxy(Number(new URL(app.wsUrl).port))
  const backend = await connectDevice(app, 'shop', 'backend')
  return {
    app,
    network,
    url: `http://127.0.0.1:${network.port}/graphql`,
    backend,
    notify: (title) =>
      backend.run(
        'mutation ($title: String!) { notify(input: { userIds: ["alice"], notification: { type: "t.x", title: $title } }) { notificationId } }',
        { title },
      ),
  }
}

/** A token for alice. */
export function aliceToken(): Promise<string> {
  return signTestToken('alice')
}

/** Collects the titles that come by `notificationAdded`, from where the inbox is now. */
export async function followTitles(client: HeraldClient): Promise<readonly string[]> {
  const titles: string[] = []
  const { notifications } = await client.query<Data>('{ notifications(first: 1) { resumeCursor } }')
  client.subscribe(
    {
      query: 'subscription ($after: Cursor) { notificationAdded(after: $after) { title } }',
      variables: { after: notifications.resumeCursor },
    },
    {
      next: ({ data }) => titles.push((data as Data)['notificationAdded'].title),
      error: (cause) => titles.push(`error: ${JSON.stringify(cause)}`),
      complete: () => {},
    },
  )
  return titles
}

/** Expects that each title came, in order; what was not acknowledged may have come twice. */
export function expectTitles(titles: readonly string[], ...wanted: readonly string[]): Promise<unknown> {
  return expect.poll(() => [...new Set(titles)]).toEqual(wanted)
}

/** Waits until the connection is like this. */
export function expectState(
  client: Pick<HeraldClient, 'connection'>,
  wanted: Partial<ConnectionState>,
): Promise<unknown> {
  return expect.poll(() => client.connection.getSnapshot()).toMatchObject(wanted)
}
