import { type Selectable, sql } from 'kysely'
import { type Actor, actorOf, type Role, type Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import { badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import { notRead, type Wanted, wants } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import { requireTicket } from './access.ts'
import { AUDIENCES, type Audience, audienceOf } from './audience.ts'
import { passesPublic, readMarkBefore, readParticipants, readReads, type TicketReads } from './reads.ts'
import { type Participant, type Ticket, toTicket } from './ticket.ts'
import { readTicketStream } from './ticket-streams.ts'
import { readsTopic, userActivityTopic } from './topics.ts'
import {
  type CappedCount,
  type CountBegun,
  capped,
  countAmong,
  countOn,
  newestOf,
  readMarkOf,
} from './unread-messages.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly limits: Limits
}

/** Messages that the first statement looks at. Mostly it is the only one. */
const LOOKED_AT = 500

/** Counts the messages of others behind the viewer's mark that were not deleted, up to `cap`. */
export async function countUnread(
  tx: Tx,
  { userId, role }: Viewer,
  ticketId: string,
  cap: number,
): Promise<CappedCount> {
  const audience = audienceOf({ role })
  const reader = { ticketId: sql`${ticketId}`, userId: sql`${userId}`, audience }
  const max = cap + 1
  const among = { after: sql.ref('place.mark'), lookedAt: LOOKED_AT, max }
  const { rows } = await sql<Pick<CountBegun, 'mark' | 'newest' | 'count'>>`
    SELECT place.mark, place.newest, ${countAmong(reader, among)} AS count
    FROM (SELECT ${readMarkOf(reader)} AS mark, ${newestOf(reader)} AS newest) place
  `.execute(tx)
  const begun = { ticketId, userId, mark: 0, newest: 0, count: 0, ...rows[0] }
  const count = await countOn(tx, begun, audience, { lookedAt: LOOKED_AT, max })
  return capped(count, cap)
}

/** Whose read mark in which ticket. */
interface ReadMarkKey {
  readonly ticket_id: string
  readonly user_id: string
  readonly audience: string
}

/** How far a user has read a ticket, in the numbering of the audience. */
export interface ReadMark extends ReadMarkKey {
  readonly audience: Audience
  readonly number: number
}

/** The columns of a message by which the mark of its author moves. */
type ReplyRow = Pick<Selectable<Tables['messages']>, 'ticket_id' | 'author_id' | 'public_number' | 'staff_number'>

/** A read mark with who has read, which is stored for the staff. */
export interface UserMark {
  readonly mark: ReadMark
  readonly user: Actor
}

/** Moves read marks forward, none back. Each is of another reader. Resolves to those that moved. */
export async function moveMarks(tx: Tx, marks: readonly UserMark[]): Promise<readonly ReadMarkKey[]> {
  if (marks.length === 0) return []
  const rows = marks.map(({ mark, user }) => ({
    ...mark,
    actor: mark.audience === 'staff' ? JSON.stringify(user) : null,
  }))
  return tx
    .insertInto('ticket_reads')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['ticket_id', 'user_id', 'audience'])
        .doUpdateSet(({ ref }) => ({ number: ref('excluded.number'), actor: ref('excluded.actor') }))
        .where('ticket_reads.number', '<', (eb) => eb.ref('excluded.number')),
    )
    .returning(['ticket_id', 'user_id', 'audience'])
    .execute()
}

/** Moves a read mark forward, never back. Resolves to false when it was there already. */
async function moveMark(tx: Tx, mark: ReadMark, user: Actor): Promise<boolean> {
  return (await moveMarks(tx, [{ mark, user }])).length > 0
}

/** The read mark of an author at their message. Undefined when writing it moves none: for a note, and for what a backend has written. */
export function markOfReply(
  role: Role,
  { public_number, staff_number, ticket_id, author_id }: ReplyRow,
): ReadMark | undefined {
  if (role === 'BACKEND' || public_number === null) return undefined
  const audience = audienceOf({ role })
  return { ticket_id, user_id: author_id, audience, number: audience === 'public' ? public_number : staff_number }
}

/**
 * Moves the read mark of an author to their message: who replies has read what was there. Does nothing for a note, which customers must not
 * sense, and for what a backend writes, of itself or for somebody else: that was on nobody's screen.
 */
export async function markReplied(tx: Tx, viewer: Viewer, row: ReplyRow): Promise<void> {
  const mark = markOfReply(viewer.role, row)
  if (mark) await moveMark(tx, mark, actorOf(viewer))
}

/** The audiences that are told something else of a ticket when this mark moves. Call it before. */
async function audiencesOfMark(tx: Tx, { ticket_id, user_id, audience, number }: ReadMark) {
  if (audience === 'public') return AUDIENCES
  const before = await readMarkBefore(tx, ticket_id, user_id)
  return (await passesPublic(tx, ticket_id, before, number)) ? AUDIENCES : (['staff'] as const)
}

/** Reads the participants of a ticket without their marks, which would take a search for each. */
async function readActors(tx: Tx, ticketId: string): Promise<readonly Participant[]> {
  const rows = await tx
    .selectFrom('participants')
    .select('actor')
    .where('ticket_id', '=', ticketId)
    .orderBy('place')
    .execute()
  return rows.map(({ actor }) => ({
    user: JSON.parse(actor),
    lastReadNumber: notRead(),
    lastDeliveredNumber: notRead(),
  }))
}

/** Creates what `Tickets` has about reading: `markRead`, `unread`, `unreadCount`, `participants` and `reads`. */
export function createReadMarks({ storage, bus, limits }: Deps) {
  const countFor = (viewer: Viewer, { id }: Pick<Ticket, 'id'>): Promise<CappedCount> =>
    storage.read((tx) => countUnread(tx, viewer, id, limits.unreadCap))

  return {
    unread: countFor,
    unreadCount: async (viewer: Viewer, ticket: Pick<Ticket, 'id'>): Promise<number> =>
      (await countFor(viewer, ticket)).count,
    markRead: async (viewer: Viewer, ticketId: string, upToNumber: number): Promise<Ticket> => {
      if (!Number.isSafeInteger(upToNumber) || upToNumber < 1) throw badInput('upToNumber must be 1 or more.')
      const audience = audienceOf(viewer)
      const { row, moved } = await storage.write(async (tx) => {
        const ticket = await requireTicket(tx, viewer, ticketId)
        const { entries } = await readTicketStream(tx, ticketId, audience)
        const number = Math.min(upToNumber, entries)
        const mark = { ticket_id: ticketId, user_id: viewer.userId, audience, number }
        const audiences = await audiencesOfMark(tx, mark)
        return { row: ticket, moved: number > 0 && (await moveMark(tx, mark, actorOf(viewer))) ? audiences : [] }
      })
      for (const one of moved) bus.publish(readsTopic(ticketId, one), {})
      if (moved.length > 0)
        bus.publish(userActivityTopic(viewer.userId), {
          ticketId,
          audience,
          assigneeId: row.assignee_id,
          status: row.status,
          reasons: ['READ'],
        })
      return toTicket(row, audience)
    },
    participants: (viewer: Viewer, { id }: Pick<Ticket, 'id'>, wanted?: Wanted): Promise<readonly Participant[]> =>
      storage.read((tx) =>
        wants(wanted, 'lastReadNumber', 'lastDeliveredNumber')
          ? readParticipants(tx, id, audienceOf(viewer), wants(wanted, 'lastDeliveredNumber'))
          : readActors(tx, id),
      ),
    reads: async (viewer: Viewer, { id }: Pick<Ticket, 'id'>): Promise<TicketReads> =>
      (await storage.read((tx) => readReads(tx, id, audienceOf(viewer)))).reads,
  }
}
