import type { Actor } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { AUDIENCES } from './audience.ts'
import { type Ticket, type TicketRow, toTicket, touched } from './ticket.ts'
import { requireTicketDraft, type TicketDraft, type UpsertTicketInput } from './ticket-input.ts'
import { laneOf, lockTicket } from './ticket-lanes.ts'
import { accessTopic, liveTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

interface Outcome {
  readonly row: TicketRow
  readonly isChanged: boolean
  /** Who took part until now and no longer does. */
  readonly removed: readonly string[]
}

type ParticipantRow = { readonly user_id: string; readonly actor: string }

const readParticipants = (tx: Tx, ticketId: string): Promise<ParticipantRow[]> =>
  tx
    .selectFrom('participants')
    .select(['user_id', 'actor'])
    .where('ticket_id', '=', ticketId)
    .orderBy('place')
    .execute()

const replaceParticipants = async (tx: Tx, ticketId: string, actors: readonly Actor[]): Promise<void> => {
  await tx.deleteFrom('participants').where('ticket_id', '=', ticketId).execute()
  if (actors.length === 0) return
  const rows = actors.map((actor, place) => ({
    ticket_id: ticketId,
    user_id: actor.id,
    actor: JSON.stringify(actor),
    place,
  }))
  await tx.insertInto('participants').values(rows).execute()
}

const isSameList = (before: readonly ParticipantRow[], after: readonly Actor[]): boolean =>
  before.length === after.length && after.every((actor, place) => before[place]?.actor === JSON.stringify(actor))

const newRow = (id: string, now: number): TicketRow => ({
  id,
  subject: null,
  status: 'OPEN',
  assignee_id: null,
  assignee: null,
  created_at: now,
  public_at: now,
  staff_at: now,
})

const applied = (row: TicketRow, { subject, status, assignee }: TicketDraft): TicketRow => ({
  ...row,
  subject: subject === undefined ? row.subject : subject,
  status: status ?? row.status,
  ...(assignee !== undefined && { assignee_id: assignee?.id ?? null, assignee: assignee && JSON.stringify(assignee) }),
})

const isSameTicket = (a: TicketRow, b: TicketRow): boolean =>
  a.subject === b.subject && a.status === b.status && a.assignee === b.assignee

const save = async (tx: Tx, row: TicketRow): Promise<void> => {
  await tx
    .insertInto('tickets')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
}

const store = async (tx: Tx, draft: TicketDraft, now: number): Promise<Outcome> => {
  await lockTicket(tx, draft.id, 'PUBLIC')
  const before = await tx.selectFrom('tickets').selectAll().where('id', '=', draft.id).executeTakeFirst()
  const people = await readParticipants(tx, draft.id)
  const wanted = draft.participants && !isSameList(people, draft.participants) ? draft.participants : undefined
  const row = applied(before ?? newRow(draft.id, now), draft)
  if (before && !wanted && isSameTicket(before, row)) return { row, isChanged: false, removed: [] }
  const saved = { ...row, ...touched(row, 'PUBLIC', now) }
  await save(tx, saved)
  if (!wanted) return { row: saved, isChanged: true, removed: [] }
  await replaceParticipants(tx, draft.id, wanted)
  const staying = new Set(wanted.map(({ id }) => id))
  return {
    row: saved,
    isChanged: true,
    removed: people.map(({ user_id }) => user_id).filter((userId) => !staying.has(userId)),
  }
}

/** Makes `Tickets.upsert`. */
export const createUpsert =
  ({ storage, bus, clock, limits }: Deps) =>
  async (input: UpsertTicketInput): Promise<Ticket> => {
    const draft = requireTicketDraft(input, limits)
    const { row, isChanged, removed } = await storage.write(
      (tx) => store(tx, draft, clock.now()),
      laneOf(draft.id, 'staff'),
    )
    if (removed.length > 0) bus.publish(accessTopic(draft.id), { removed })
    if (isChanged) {
      for (const audience of AUDIENCES) bus.publish(liveTopic(draft.id, audience), { type: 'changed' })
    }
    return toTicket(row, 'staff')
  }
