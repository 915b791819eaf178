import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { signTestToken, type TestApp } from './app.ts'
import { connectDevice, type Device, type Stream } from './device.ts'
import { type EventStream, openEventStream } from './event-stream.ts'
import { NOTIFY, until } from './nodes.ts'
import { acknowledge, begin, drop, follow, nextMessage } from './resume.ts'
import { startWatch } from './watch.ts'

/** Logs of an inbox. */
export const ADDED = 'subscription ($after: Cursor) { notificationAdded(after: $after) { title } }'
export const EVENTS = `subscription ($after: Cursor) {
  notificationEvents(after: $after) { __typename ... on NotificationAdded { cursor } ... on NotificationsReset { cursor } }
}`
/** Longer than the two seconds in which a node looks, and than the audit's ten. */
const TOLD_MS = 11_000

/** A user who follows on some nodes, in every way there is, when the database is set back. */
export interface Followed {
  /** Sends that many notifications, whatever fails on the way is sent again. */
  notify(count: number): Promise<void>
  /** Everybody who follows is told, and who comes back with a cursor or as before is, too. `unread` are there now. */
  expectTold(unread: number): Promise<void>
  /** Nobody is told anything but the notification that is sent now, nor is who comes back. */
  expectUntold(): Promise<void>
}

interface Follower {
  readonly sockets: readonly Stream[]
  readonly events: EventStream
  readonly counts: Stream
}

/** A cursor behind all that there is. */
export const cursorNow = async (device: Device): Promise<string> =>
  (await device.run('{ notifications(first: 1) { resumeCursor } }'))['notifications'].resumeCursor

const KEYED = NOTIFY.replace('($to: ID!)', '($to: ID!, $idempotencyKey: String)').replace(
  'userIds: [$to],',
  'userIds: [$to], idempotencyKey: $idempotencyKey,',
)

/** How to notify alice; what fails is sent again. */
export const createNotify = (backend: Device) => async (count: number) => {
  for (let sent = 0; sent < count; sent++) {
    const idempotencyKey = randomUUID()
    const send = (): Promise<boolean> =>
      backend.run(KEYED, { to: 'alice', idempotencyKey }).then(
        () => true,
        (error) => {
          if (error.code !== 'SERVICE_UNAVAILABLE') throw error
          return false
        },
      )
    await until(send)
  }
}

/** Follows on a node, and has heard of something in every way. */
const followOn = async (app: TestApp, notify: Followed['notify']): Promise<Follower> => {
  const alice = await connectDevice(app, 'alice')
  const sockets = [alice.subscribe(ADDED), alice.subscribe(EVENTS)]
  const counts = alice.subscribe('subscription { unreadCount { count } }')
  const events = await openEventStream(app, await signTestToken('alice'), EVENTS)
  let hasHeard = false
  events.next().then(
    () => {
      hasHeard = true
    },
    () => {},
  )
  while (!hasHeard || sockets.some(({ waiting }) => waiting.length === 0)) {
    await notify(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return { sockets, events, counts }
}

const untilExpired = async (socket: Stream): Promise<void> => {
  while ((await socket.result()).extensions?.['resume'] !== 'expired');
}

const untilEnded = async (events: EventStream): Promise<void> => {
  for (;;) {
    const { errors } = await events.next()
    if (!errors) continue
    expect(errors[0]?.extensions?.['code']).toBe('CURSOR_EXPIRED')
    return expect(events.next()).rejects.toThrow('The stream has ended')
  }
}

const untilCounted = async ({ counts }: Follower, unread: number): Promise<void> => {
  while ((await counts.next())['unreadCount'].count !== unread);
}

/** A stock client that went away having acknowledged something, and what it is told when it comes back to one of the nodes. */
export const leave = async (app: TestApp, notify: Followed['notify']) => {
  const id = randomUUID()
  const socket = await begin({ app }, id)
  await notify(1)
  await nextMessage(socket)
  await acknowledge(socket)
  await drop(socket)
  return async (other: TestApp): Promise<unknown> => {
    const back = await follow({ app: other }, id)
    return (await nextMessage(back))['payload'].extensions?.resume
  }
}

/** Follows on every node, after `setUp` was called with some notifications stored: what comes then can be lost. */
export const followEverywhere = async (
  nodes: readonly TestApp[],
  setUp: () => Promise<void> = async () => {},
): Promise<Followed> => {
  const [first, last] = [nodes[0] as TestApp, nodes.at(-1) as TestApp]
  const notify = createNotify(await connectDevice(last, 'shop', 'backend'))
  await notify(10)
  await setUp()
  const followers: Follower[] = []
  for (const node of nodes) followers.push(await followOn(node, notify))
  const comeBack = await leave(first, notify)
  await notify(15)
  const alice = await connectDevice(first, 'alice')
  const cursor = await cursorNow(alice)

  return {
    notify,
    expectTold: async (unread) => {
      const elapsed = startWatch()
      for (const { sockets, events } of followers) {
        await Promise.all([...sockets.map(untilExpired), untilEnded(events)])
      }
      expect(elapsed()).toBeLessThan(TOLD_MS)
      await Promise.all(followers.map((follower) => untilCounted(follower, unread)))
      for (const query of [ADDED, EVENTS]) {
        const old = alice.subscribe(query, { after: cursor })
        await expect(old.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
      }
      expect(await comeBack(last)).toBe('expired')
    },
    expectUntold: async () => {
      await notify(1)
      const { count } = (await alice.run('{ unreadCount { count } }'))['unreadCount']
      await Promise.all(followers.map((follower) => untilCounted(follower, count)))
      const results = followers.flatMap(({ sockets }) => sockets.flatMap(({ waiting }) => waiting))
      expect(results.map(({ extensions }) => extensions?.['resume']).filter((resume) => resume != null)).toEqual([])
      expect(await comeBack(last)).toBe(null)
    },
  }
}
