import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { signTestToken, type TestApp } from './app.ts'
import { connectDevice, type Device, type Stream } from './device.ts'
import { type EventStream, openEventStream } from './event-stream.ts'
import { until } from './nodes.ts'
import { acknowledge, begin, drop, follow, nextMessage } from './resume.ts'
import { startWatch } from './watch.ts'
import { INBOX, type Place, type Reader, type Standing } from './ways-back-places.ts'

/** Longer than the two seconds in which a node looks, and than the audit's ten. */
const TOLD_MS = 11_000

/** Those who follow on some nodes, in every way there is, when the database is set back. */
export interface Followed {
  /** Sends that much; whatever fails on the way is sent again. */
  send(count: number): Promise<void>
  /** Everybody who follows is told, and who comes back with a cursor or as before is, too. `left` are there now. */
  expectTold(left: number): Promise<void>
  /** Nobody is told anything but what is sent now, nor is who comes back. */
  expectUntold(): Promise<void>
}

/** One who follows on one node. */
interface Follower {
  readonly sockets: readonly Stream[]
  readonly events: EventStream
  readonly reader: Reader
  readonly states: readonly Stream[]
}

/** A cursor behind all that there is in an inbox. */
export const cursorNow = INBOX.readers[0].cursorNow

/** How to send to a place, by default to the inbox of alice; what fails is sent again. */
export function createSend(backend: Device, { send }: Place = INBOX) {
  return async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent++) {
      const key = randomUUID()
      const sendOnce = (): Promise<boolean> =>
        backend.run(send, { key }).then(
          () => true,
          (error) => {
            if (error.code !== 'SERVICE_UNAVAILABLE') throw error
            return false
          },
        )
      await until(sendOnce)
    }
  }
}

/** Follows on a node, and has received of something in every way. */
async function followOn(app: TestApp, reader: Reader, send: Followed['send']): Promise<Follower> {
  const { userId, role, logs, stream, states } = reader
  const device = await connectDevice(app, userId, role)
  const sockets = logs.map((log) => device.subscribe(log))
  const open = states.map(({ query }) => device.subscribe(query))
  const events = await openEventStream(app, await signTestToken(userId, role), stream)
  let hasReceived = false
  events.next().then(
    () => {
      hasReceived = true
    },
    () => {},
  )
  while (!hasReceived || sockets.some(({ waiting }) => waiting.length === 0)) {
    await send(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return { sockets, events, reader, states: open }
}

async function untilExpired(socket: Stream): Promise<void> {
  while ((await socket.result()).extensions?.['resume'] !== 'expired');
}

async function untilExpiredOverHttp(events: EventStream): Promise<void> {
  while ((await events.next()).extensions?.['resume'] !== 'expired');
}

async function untilAt({ reader, states }: Follower, standing: Standing): Promise<void> {
  const one = async (stream: Stream, index: number): Promise<void> => {
    while (!reader.states[index]?.isAt(await stream.next(), standing));
  }
  await Promise.all(states.map(one))
}

/** A stock client that went away having acknowledged something, and what it is told when it comes back to one of the nodes. */
export async function leave(app: TestApp, send: Followed['send'], { userId, role, logs }: Reader = INBOX.readers[0]) {
  const id = randomUUID()
  const options = { userId, role, query: logs[0] }
  const socket = await begin({ app }, id, options)
  await send(1)
  await nextMessage(socket)
  await acknowledge(socket)
  await drop(socket)
  return async (other: TestApp): Promise<unknown> => {
    const back = await follow({ app: other }, id, options)
    return (await nextMessage(back))['payload'].extensions?.resume
  }
}

/** Follows on every node, after `setUp` was called with something stored: what comes then can be lost. */
export async function followEverywhere(
  nodes: readonly TestApp[],
  setUp: () => Promise<void> = async () => {},
  place: Place = INBOX,
): Promise<Followed> {
  const [first, last] = [nodes[0] as TestApp, nodes.at(-1) as TestApp]
  const backend = await connectDevice(last, 'shop', 'backend')
  const set = async (subject: string): Promise<unknown> => place.set && backend.run(place.set, { subject })
  const sendAll = createSend(backend, place)
  let count = 0
  const send = async (more: number): Promise<void> => {
    await sendAll(more)
    count += more
  }
  await set('kept')
  await send(10)
  await setUp()
  const followers: Follower[] = []
  for (const node of nodes) for (const reader of place.readers) followers.push(await followOn(node, reader, send))
  const gone: { reader: Reader; comeBack: Awaited<ReturnType<typeof leave>>; device: Device }[] = []
  for (const reader of place.readers) {
    const comeBack = await leave(first, send, reader)
    gone.push({ reader, comeBack, device: await connectDevice(first, reader.userId, reader.role) })
  }
  await set('lost')
  await send(15)
  // What they are told from now on is of what comes now.
  await Promise.all(followers.map((follower) => untilAt(follower, { count, subject: 'lost' })))
  const cursors = await Promise.all(gone.map(({ reader, device }) => reader.cursorNow(device)))

  return {
    send,
    expectTold: async (left) => {
      const elapsed = startWatch()
      for (const { sockets, events } of followers) {
        await Promise.all([...sockets.map(untilExpired), untilExpiredOverHttp(events)])
      }
      expect(elapsed()).toBeLessThan(TOLD_MS)
      await Promise.all(followers.map((follower) => untilAt(follower, { count: left, subject: 'kept' })))
      for (const [index, { reader, comeBack, device }] of gone.entries()) {
        for (const log of reader.logs) {
          const old = device.subscribe(log, { after: cursors[index] })
          await expect(old.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
        }
        expect(await comeBack(last)).toBe('expired')
      }
    },
    expectUntold: async () => {
      await send(1)
      await Promise.all(followers.map((follower) => untilAt(follower, { count, subject: 'lost' })))
      const results = followers.flatMap(({ sockets }) => sockets.flatMap(({ waiting }) => waiting))
      expect(results.map(({ extensions }) => extensions?.['resume']).filter((resume) => resume != null)).toEqual([])
      for (const { comeBack } of gone) expect(await comeBack(last)).toBe(null)
    },
  }
}
