import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { LogDescription } from '../../src/delivery/description.ts'
import { lastTerm } from '../../src/storage/stream-terms.ts'
import { AUDIENCES, audienceOf, audiencesOf, type Visibility } from '../../src/tickets/audience.ts'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import { readTicketStream } from '../../src/tickets/ticket-streams.ts'
import { emptyDatabase, pick, tryHistories } from '../support/histories.ts'
import { agent, backend, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const sam = agent('sam')
const READERS = [ann, sam]
const PARTICIPANTS = [{ id: 'ann' }, { id: 'sam', role: 'AGENT' as const }]

const step = fc.oneof(
  fc.record({ do: fc.constant('say' as const), isNote: fc.boolean() }),
  fc.record({ do: fc.constantFrom('edit' as const, 'read' as const), which: fc.nat(30) }),
  fc.record({ do: fc.constant('acknowledge' as const), who: fc.constantFrom(...READERS), share: fc.nat(100) }),
  fc.record({ do: fc.constant('store' as const) }),
)

type Step = typeof step extends fc.Arbitrary<infer Is> ? Is : never

/** What a history has done so far. */
interface Known {
  /** The ids of the messages. */
  readonly said: string[]
  /** For each audience, at which revision each message was said. */
  readonly born: Record<'public' | 'staff', number[]>
  /** Up to which message each reader has acknowledged, and read. */
  readonly got: Map<Viewer, number>
}

function standOf({ storage }: Desk, audience: 'public' | 'staff') {
  return storage.read((tx) => readTicketStream(tx, 't1', audience))
}

async function acknowledge(desk: Desk, { born, got }: Known, who: Viewer, share: number): Promise<void> {
  const { revision: head, terms } = await standOf(desk, audienceOf(who))
  const revision = Math.round((head * share) / 100)
  if (revision === 0) return
  const log = (await desk.tickets.followMessages(who, 'c1', 't1', null)) as LogDescription<unknown, TicketMessage>
  log.acknowledged?.({ after: null, revision, term: lastTerm(terms) })
  const number = born[audienceOf(who)].filter((at) => at <= revision).length
  got.set(who, Math.max(got.get(who) ?? 0, number))
}

async function store({ clock, settled }: Desk): Promise<void> {
  clock.advance(1_000)
  await settled()
}

async function act(desk: Desk, known: Known, one: Step): Promise<unknown> {
  const { tickets } = desk
  switch (one.do) {
    case 'say': {
      const visibility: Visibility = one.isNote ? 'INTERNAL' : 'PUBLIC'
      known.said.push((await tickets.send(backend, { ticketId: 't1', body: 'x', visibility })).message.id)
      for (const audience of audiencesOf(visibility)) {
        known.born[audience].push((await standOf(desk, audience)).revision)
      }
      return
    }
    case 'edit': {
      const id = pick(known.said, one.which)
      return id && tickets.edit(backend, id, `edited ${one.which} ${known.said.length}`)
    }
    case 'read':
      return tickets.markRead(ann, 't1', one.which + 1)
    case 'acknowledge':
      return acknowledge(desk, known, one.who, one.share)
    case 'store':
      return store(desk)
  }
}

async function deliveredTo({ storage }: Desk): Promise<ReadonlyMap<string, number>> {
  const rows = await storage.read((tx) => tx.selectFrom('ticket_reads').selectAll().execute())
  return new Map(rows.map(({ user_id, delivered }) => [user_id, delivered]))
}

async function play(desk: Desk, steps: readonly Step[]): Promise<void> {
  const known: Known = { said: [], born: { public: [], staff: [] }, got: new Map() }
  await desk.tickets.upsert({ id: 't1', participants: PARTICIPANTS })
  let before = new Map<string, number>() as ReadonlyMap<string, number>
  for (const one of steps) {
    await act(desk, known, one)
    if (one.do !== 'store') continue
    const now = await deliveredTo(desk)
    for (const who of READERS) {
      expect(now.get(who.userId) ?? 0).toBeLessThanOrEqual(known.got.get(who) ?? 0)
      expect(now.get(who.userId) ?? 0).toBeGreaterThanOrEqual(before.get(who.userId) ?? 0)
    }
    before = now
  }
  for (const who of READERS) await acknowledge(desk, known, who, 100)
  await store(desk)
  const told = await Promise.all(READERS.map((who) => desk.tickets.reads(who, { id: 't1' })))
  for (const [place, audience] of AUDIENCES.entries()) {
    const own = told[place]?.readers.find(({ user }) => user.id === READERS[place]?.userId)
    expect(own?.lastDeliveredNumber ?? 0).toBe(known.born[audience].length)
  }
}

test('what was delivered is never more than was acknowledged, never goes back, and is all in the end', async () => {
  const desk = await openDesk()
  const history = fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
    try {
      await play(desk, steps)
    } finally {
      await store(desk)
      await emptyDatabase(desk.storage)
    }
  })
  await tryHistories(history, 40)
})
