import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { advanceLane, advanceLanes } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import { AUDIENCES, type Audience, COLUMNS } from './audience.ts'
import { type ActivityTargets, readActivityTargets, tellActivity } from './tell-message.ts'
import { touched } from './ticket.ts'
import { laneOf } from './ticket-lanes.ts'
import { accessTopic, liveTopic, messagesTopic } from './topics.ts'

/** Who wrote what an erased user wrote. */
const ERASED = 'erased'

/** A part of the transaction that erases a user. */
export interface Erased {
  /** How many messages lost their text and author. */
  readonly count: number
  /** Tells those who follow. Call it after the commit. */
  tell(): void
}

/** What erasing somebody did to one ticket. */
interface ErasedTicket {
  readonly ticketId: string
  readonly count: number
  /** The revisions that the lanes reached; undefined where nothing changed. */
  readonly revisions: Readonly<Record<Audience, number | undefined>>
  readonly wasParticipant: boolean
  /** Participants or assignee changed. */
  readonly isChanged: boolean
  readonly targets: ActivityTargets
}

const readTicketIds = async (tx: Tx, userId: string): Promise<readonly string[]> => {
  const rows = await tx
    .selectFrom('messages')
    .select('ticket_id')
    .where('author_id', '=', userId)
    .union(tx.selectFrom('participants').select('ticket_id').where('user_id', '=', userId))
    .union(tx.selectFrom('tickets').select('id as ticket_id').where('assignee_id', '=', userId))
    .execute()
  return rows.map(({ ticket_id }) => ticket_id)
}

/** Locks every ticket that the user has to do with; the last look finds none that they came into while it waited. */
const lockTickets = async (tx: Tx, userId: string): Promise<readonly string[]> => {
  const locked = new Set<string>()
  for (;;) {
    const found = (await readTicketIds(tx, userId)).filter((id) => !locked.has(id))
    if (found.length === 0) return [...locked]
    const lanes = found.flatMap((id) => AUDIENCES.map((audience) => laneOf(id, audience)))
    await advanceLanes(tx, lanes, { facts: 0, entries: 0 })
    for (const id of found) locked.add(id)
  }
}

/** Gives each message of the user in a lane a revision of its own, so that followers page through them. */
const moveLane = async (
  tx: Tx,
  audience: Audience,
  { ticketId, userId }: { readonly ticketId: string; readonly userId: string },
): Promise<{ readonly count: number; readonly revision: number | undefined }> => {
  const { number, revision } = COLUMNS[audience]
  const written = tx
    .selectFrom('messages')
    .where('ticket_id', '=', ticketId)
    .where('author_id', '=', userId)
    .where(number, 'is not', null)
  const { count } = await written.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  if (count === 0) return { count, revision: undefined }
  const lane = await advanceLane(tx, laneOf(ticketId, audience), { facts: count, entries: 0 })
  const ranked = written.select(({ fn }) => [
    'id',
    fn
      .agg<number>('row_number')
      .over((over) => over.orderBy(number))
      .as('place'),
  ])
  await tx
    .updateTable('messages')
    .from(ranked.as('ranked'))
    .set(({ eb }) => ({ [revision]: eb('ranked.place', '+', lane.revision - count) }))
    .whereRef('messages.id', '=', 'ranked.id')
    .execute()
  return { count, revision: lane.revision }
}

/** Takes text, data and name out of everything the user wrote in a ticket. */
const eraseMessages = async (tx: Tx, userId: string, ticketId: string, now: number): Promise<void> => {
  const snapshots = await tx
    .selectFrom('messages')
    .select('author')
    .distinct()
    .where('ticket_id', '=', ticketId)
    .where('author_id', '=', userId)
    .execute()
  for (const { author } of snapshots) {
    const { role } = JSON.parse(author)
    await tx
      .updateTable('messages')
      .set(({ fn, val }) => ({
        author_id: ERASED,
        author: JSON.stringify({ id: ERASED, role, name: null, avatarUrl: null }),
        body: null,
        data: null,
        client_message_id: null,
        deleted_at: fn.coalesce('deleted_at', val(now)),
      }))
      .where('ticket_id', '=', ticketId)
      .where('author_id', '=', userId)
      .where('author', '=', author)
      .execute()
  }
}

const eraseInTicket = async (tx: Tx, userId: string, ticketId: string, now: number): Promise<ErasedTicket> => {
  const place = { ticketId, userId }
  const inPublic = await moveLane(tx, 'public', place)
  const inStaff = await moveLane(tx, 'staff', place)
  if (inStaff.count > 0) await eraseMessages(tx, userId, ticketId, now)
  const left = await tx
    .deleteFrom('participants')
    .where('ticket_id', '=', ticketId)
    .where('user_id', '=', userId)
    .returning('user_id')
    .execute()
  const ticket = await tx.selectFrom('tickets').selectAll().where('id', '=', ticketId).executeTakeFirstOrThrow()
  const wasAssignee = ticket.assignee_id === userId
  const isChanged = wasAssignee || left.length > 0
  const times = touched(ticket, isChanged || inPublic.count > 0 ? 'PUBLIC' : 'INTERNAL', now)
  await tx
    .updateTable('tickets')
    .set({ ...times, ...(wasAssignee && { assignee: null, assignee_id: null }) })
    .where('id', '=', ticketId)
    .execute()
  return {
    ticketId,
    count: inStaff.count,
    revisions: { public: inPublic.revision, staff: inStaff.revision },
    wasParticipant: left.length > 0,
    isChanged,
    targets: {
      ...(await readActivityTargets(tx, ticket, isChanged || inPublic.count > 0 ? 'PUBLIC' : 'INTERNAL')),
      ...(wasAssignee && { assigneeId: null, previousAssigneeId: userId }),
      left: left.map(({ user_id }) => user_id),
    },
  }
}

const tellTicket = (bus: Bus, userId: string, erased: ErasedTicket): void => {
  const { ticketId, revisions, wasParticipant, isChanged, targets, count } = erased
  if (wasParticipant) bus.publish(accessTopic(ticketId), { removed: [userId] })
  for (const audience of AUDIENCES) {
    const revision = revisions[audience]
    // Without entries: there may be thousands, and whoever follows reads them from the store.
    if (revision !== undefined) {
      bus.publish(messagesTopic(ticketId, audience), { previous: revision, revision, entries: [] })
    }
    if (isChanged) bus.publish(liveTopic(ticketId, audience), { type: 'changed' })
  }
  if (count > 0 || isChanged) tellActivity(bus, targets)
}

/** Makes `Tickets.erase`. */
export const createErase =
  ({ bus, clock }: { readonly bus: Bus; readonly clock: Clock }) =>
  async (tx: Tx, userId: string): Promise<Erased> => {
    const now = clock.now()
    const ids = await lockTickets(tx, userId)
    const tickets: ErasedTicket[] = []
    for (const id of ids) tickets.push(await eraseInTicket(tx, userId, id, now))
    for (const table of ['ticket_reads', 'ticket_departures'] as const) {
      await tx.deleteFrom(table).where('user_id', '=', userId).execute()
    }
    return {
      count: tickets.reduce((sum, { count }) => sum + count, 0),
      tell: () => {
        for (const ticket of tickets) tellTicket(bus, userId, ticket)
      },
    }
  }
