import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Device, type Stream } from '../support/device.ts'
import { openEventStream } from '../support/event-stream.ts'
import { openProxy } from '../support/proxy.ts'
import { openStockSocket, withEachStockClient } from '../support/stock-clients.ts'

const MESSAGES = 'subscription { ticketMessage(ticketId: "42") { number } }'
const READS =
  'subscription { ticketReads(ticketId: "42") { readers { user { userId } lastReadNumber lastDeliveredNumber } } }'
const SAY = 'mutation { sendTicketMessage(input: { ticketId: "42", body: "Hello" }) { message { number } } }'

/** Ticket 42 with customers alice and carol; an agent follows how far they are. */
async function openScene() {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  await backend.run(
    'mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }, { id: "carol" }] }) { id } }',
  )
  const bob = await connectDevice(app, 'bob', 'agent')
  return { app, backend, bob, reads: bob.subscribe(READS) }
}

async function say(backend: Device): Promise<number> {
  return (await backend.run(SAY))['sendTicketMessage'].message.number
}

interface Reader {
  readonly user: { readonly userId: string }
  readonly lastReadNumber: number | null
  readonly lastDeliveredNumber: number | null
}

/** Waits until a message has been delivered to a user. Returns all that was told on the way. */
async function untilDelivered(reads: Stream, userId: string, number: number): Promise<readonly (number | null)[]> {
  const told: (number | null)[] = []
  while (told.at(-1) !== number) {
    const readers: readonly Reader[] = (await reads.next())['ticketReads'].readers
    told.push(readers.find(({ user }) => user.userId === userId)?.lastDeliveredNumber ?? null)
  }
  return told
}

test(
  'what was delivered to an unmodified client is told, also after cuts, and never what it did not get',
  {
    timeout: 120_000,
  },
  () =>
    withEachStockClient(async (use) => {
      const { app, backend, bob, reads } = await openScene()
      const network = await openProxy(Number(new URL(app.wsUrl).port))
      const url = app.wsUrl.replace(/:\d+\//, `:${network.port}/`)
      const got: number[] = []
      const socket = openStockSocket(url, await app.token('alice'), {})
      const client = use(socket)
      client.follow(MESSAGES, {}, ({ ticketMessage: { number } }) => got.push(number))
      let before = await say(backend)
      while (got.length === 0) before = await say(backend)
      await expect.poll(() => got.at(-1)).toBe(before)
      await untilDelivered(reads, 'alice', before)

      // Written to a socket that takes nothing further: it was not delivered.
      network.stall()
      const missed = await say(backend)
      const carol = await connectDevice(app, 'carol')
      const own = carol.subscribe(MESSAGES)
      await carol.run('{ me { id } }')
      // Carol gets the next one, and has it acknowledged after alice had two seconds for hers.
      const later = await say(backend)
      await own.next()
      await untilDelivered(reads, 'carol', later)
      const { ticket } = await bob.run(
        '{ ticket(id: "42") { participants { lastDeliveredNumber } reads { readers { lastReadNumber lastDeliveredNumber } } } }',
      )
      expect(ticket.participants).toEqual([{ lastDeliveredNumber: before }, { lastDeliveredNumber: later }])
      expect(ticket.reads.readers[0]).toEqual({ lastReadNumber: null, lastDeliveredNumber: before })
      expect(got).not.toContain(missed)

      const again = await network.refuse()
      const last = await say(backend)
      await again()
      await untilDelivered(reads, 'alice', last)
      expect(got).toEqual(expect.arrayContaining([missed, later, last]))
    }),
)

test('what comes over HTTP is not acknowledged, and so never said to be delivered', async () => {
  const { app, backend, reads } = await openScene()
  const stream = await openEventStream(app, await app.token('alice'), MESSAGES)
  const carol = await connectDevice(app, 'carol')
  const own = carol.subscribe(MESSAGES)
  await carol.run('{ me { id } }')
  const received = stream.next()
  let number = await say(backend)
  await own.next()
  await received
  await untilDelivered(reads, 'carol', number)
  number = await say(backend)
  await stream.next()
  await own.next()
  const told = reads.next()
  expect((await told)['ticketReads'].readers).toEqual([
    { user: { userId: 'alice' }, lastReadNumber: null, lastDeliveredNumber: null },
    { user: { userId: 'carol' }, lastReadNumber: null, lastDeliveredNumber: number },
  ])
})

test('an acknowledgement tells of itself once, and nothing follows from that', async () => {
  const { app, backend, reads } = await openScene()
  const alice = await connectDevice(app, 'alice')
  const own = [
    alice.subscribe(MESSAGES),
    alice.subscribe(READS),
    alice.subscribe('subscription { customEvent { name } }'),
  ]
  const [messages, ofAlice, events] = own
  await alice.run('{ me { id } }')
  await ofAlice?.next()
  const number = await say(backend)
  await messages?.next()
  await untilDelivered(reads, 'alice', number)
  await untilDelivered(ofAlice as Stream, 'alice', number)
  const next = await say(backend)
  await messages?.next()
  await untilDelivered(ofAlice as Stream, 'alice', next)
  await untilDelivered(reads, 'alice', next)
  await backend.run('mutation { sendToUser(userId: "alice", event: "barrier") { id } }')
  expect((await events?.next())?.['customEvent']).toEqual({ name: 'barrier' })
  expect([messages?.waiting, ofAlice?.waiting, reads.waiting]).toEqual([[], [], []])
})
