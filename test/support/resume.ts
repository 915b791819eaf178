import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import type { Tx } from '../../src/storage/storage.ts'
import { signTestToken, startTestApp, type TestApp, type TokenRole } from './app.ts'
import { type Answer, ask } from './ask.ts'
import { createManualClock, type ManualClock } from './clock.ts'
import { openRawSocket, type RawSocket } from './raw-socket.ts'
import { tempFolder } from './temp.ts'

/** Follows the notifications of a user, from a cursor or from now on. */
export const ADDED = 'subscription ($after: Cursor) { notificationAdded(after: $after) { title } }'
/** How long a subscription can be continued after its socket has gone. */
export const TTL_MS = 600_000

/** A Herald whose time stands still, with a folder that another one can go on with. */
export interface Scene {
  readonly app: TestApp
  readonly clock: ManualClock
  readonly dataDir: string
  /** Runs an operation as the product's backend. */
  backend(query: string): Promise<Answer>
  /** Notifies alice. */
  notify(title: string): Promise<unknown>
}

/** Starts a Herald, over what another one left in a folder if there is one, configured further by `env`; it ends with the test. */
export async function openScene(dataDir = tempFolder(), env: Environment = {}): Promise<Scene> {
  const clock = createManualClock(Date.now())
  const app = await startTestApp({ clock, env: { DATA_DIR: dataDir, RESUME_TTL_MS: String(TTL_MS), ...env } })
  const token = await signTestToken('shop', 'backend')
  const backend = async (query: string): Promise<Answer> => {
    const { body } = await ask(app.url, query, { authorization: `Bearer ${token}` })
    expect(body['errors']).toBeUndefined()
    return body['data']
  }
  return {
    app,
    clock,
    dataDir,
    backend,
    notify: (title) =>
      backend(
        `mutation { notify(input: { userIds: ["alice"], notification: { type: "t", title: "${title}" } }) { isDuplicate } }`,
      ),
  }
}

/** Writes to the database of a Herald behind its back. */
export async function inDatabase(
  { dataDir }: Pick<Scene, 'dataDir'>,
  work: (tx: Tx) => Promise<unknown>,
): Promise<void> {
  const storage = await openSqliteStorage({ file: join(dataDir, 'herald.db') })
  await storage.write(work)
  await storage.close()
}

/** What tells what happened in alice's inbox up to a revision is deleted for good. */
export function pruneInbox(scene: Pick<Scene, 'dataDir'>, upTo: number): Promise<void> {
  return inDatabase(scene, (tx) =>
    tx.updateTable('streams').set({ pruned: upTo }).where('stream', '=', 'user:alice').execute(),
  )
}

/** Makes ticket 42, of these users. */
export function openTicket({ backend }: Pick<Scene, 'backend'>, ...userIds: readonly string[]): Promise<Answer> {
  const participants = userIds.map((id) => `{ id: "${id}" }`).join(', ')
  return backend(`mutation { upsertTicket(input: { id: "42", participants: [${participants}] }) { id } }`)
}

/** Says something in ticket 42. */
export function say({ backend }: Pick<Scene, 'backend'>, body: string): Promise<Answer> {
  return backend(
    `mutation { sendTicketMessage(input: { ticketId: "42", body: "${body}", clientMessageId: "${body}" }) { message { id } } }`,
  )
}

/** Opens a socket of a user, past its handshake. */
export async function connect(
  { app }: Pick<Scene, 'app'>,
  userId = 'alice',
  role: TokenRole = 'customer',
): Promise<RawSocket> {
  const socket = await openRawSocket(app.wsUrl)
  await socket.init({ authorization: `Bearer ${await signTestToken(userId, role)}` })
  return socket
}

/** The last acknowledgement ping of a socket that is not answered yet. */
const pings = new WeakMap<RawSocket, unknown>()

/** The next message that is no ping; one that went along with the result before is kept. */
export async function nextMessage(socket: RawSocket): Promise<Answer> {
  const message = await socket.next()
  if (message['type'] !== 'ping') return message
  pings.set(socket, message['payload'])
  return nextMessage(socket)
}

/** The subscriptions that were sent before have begun: a query is answered only then. */
export async function settle(socket: RawSocket): Promise<void> {
  const id = randomUUID()
  socket.subscribe(id, '{ unreadCount { count } }')
  expect(await nextMessage(socket)).toMatchObject({ id, type: 'next' })
  expect(await nextMessage(socket)).toMatchObject({ id, type: 'complete' })
}

/** A socket that follows a log under an id, from then on. */
export async function follow(
  scene: Pick<Scene, 'app'>,
  id: string,
  {
    query = ADDED,
    userId = 'alice',
    role = 'customer',
    variables = {},
  }: { query?: string; userId?: string; role?: TokenRole; variables?: unknown } = {},
): Promise<RawSocket> {
  const socket = await connect(scene, userId, role)
  socket.subscribe(id, query, { variables })
  return socket
}

/** `follow`, when the subscription has begun: it misses nothing from then on. */
export async function begin(...args: Parameters<typeof follow>): Promise<RawSocket> {
  const socket = await follow(...args)
  await settle(socket)
  return socket
}

/** A subscription that has begun, under an id of its own, and whose socket was lost right then. */
export async function leave(
  scene: Pick<Scene, 'app'>,
  options?: Parameters<typeof follow>[2],
  id: string = randomUUID(),
): Promise<string> {
  await drop(await begin(scene, id, options))
  return id
}

/** The title of the notification in a result. */
export function titleOf({ payload }: Answer): string {
  return payload.data.notificationAdded.title
}

/** The next result is the notification with this title, and says this about being continued; returns it. */
export async function expectNext(socket: RawSocket, title: string, resume: unknown = null): Promise<Answer> {
  const message = await nextMessage(socket)
  expect(message).toMatchObject({ type: 'next', payload: { extensions: { resume } } })
  expect(titleOf(message)).toBe(title)
  return message
}

/** Nothing has come: an answer to something else comes first. */
export async function expectNothing(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping' })
  expect(await socket.next()).toEqual({ type: 'pong' })
}

/** Answers the ping that went along with the first result. */
export async function acknowledge(socket: RawSocket): Promise<void> {
  const payload = pings.get(socket) ?? (await socket.next())['payload']
  socket.send({ type: 'pong', payload })
  await expectNothing(socket)
}

/** Loses the socket without a farewell, and waits until it has gone, for the server, too: that reads what came first before later requests. */
export async function drop(socket: RawSocket): Promise<void> {
  socket.ws.terminate()
  await socket.closed
  const live = new URL('/live', socket.ws.url.replace('ws', 'http'))
  for (let trips = 0; trips < 2; trips += 1) await (await fetch(live)).text()
}
