import { sql } from 'kysely'
import type { Actor, Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import { badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import { notRead, type Wanted, wants } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { requireTicket } from './access.ts'
import { type Audience, audienceOf, COLUMNS } from './audience.ts'
import { type Participant, type Ticket, toTicket } from './ticket.ts'
import { readTicketStream } from './ticket-streams.ts'
import { userActivityTopic } from './topics.ts'
import { type CountBegun, countAmong, countOn, newestOf, readMarkOf } from './unread-messages.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly limits: Limits
}

/** A count that stops at a cap. */
export interface CappedCount {
  /** The count, at most the cap. */
  readonly count: number
  /** There are more than `count` says. */
  readonly isCapped: boolean
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
  return { count: Math.min(count, cap), isCapped: count > cap }
}

/** Moves a read mark forward, never back. Resolves to false when it was there already. */
async function moveMark(
  tx: Tx,
  mark: { readonly ticket_id: string; readonly user_id: string; readonly audience: Audience; readonly number: number },
): Promise<boolean> {
  const moved = await tx
    .insertInto('ticket_reads')
    .values(mark)
    .onConflict((conflict) =>
      conflict
        .columns(['ticket_id', 'user_id', 'audience'])
        .doUpdateSet({ number: mark.number })
        .where('ticket_reads.number', '<', mark.number),
    )
    .returning('number')
    .execute()
  return moved.length > 0
}

/** Reads the participants of a ticket without their marks, which would take a search for each. */
async function readActors(tx: Tx, ticketId: string): Promise<Participant[]> {
  const rows = await tx
    .selectFrom('participants')
    .select('actor')
    .where('ticket_id', '=', ticketId)
    .orderBy('place')
    .execute()
  return rows.map(({ actor }) => ({ user: JSON.parse(actor), lastReadNumber: notRead() }))
}

/** Reads the participants of a ticket with their marks, in the numbering of `audience`. Customers get no marks of the staff. */
async function readParticipants(tx: Tx, ticketId: string, audience: Audience): Promise<Participant[]> {
  const { number } = COLUMNS[audience]
  const other = audience === 'public' ? 'staff' : 'public'
  const otherNumber = COLUMNS[other].number
  const rows = await tx
    .selectFrom('participants')
    .leftJoin('ticket_reads as own', (join) =>
      join
        .onRef('own.ticket_id', '=', 'participants.ticket_id')
        .onRef('own.user_id', '=', 'participants.user_id')
        .on('own.audience', '=', audience),
    )
    .leftJoin('ticket_reads as other', (join) =>
      join
        .onRef('other.ticket_id', '=', 'participants.ticket_id')
        .onRef('other.user_id', '=', 'participants.user_id')
        .on('other.audience', '=', other),
    )
    .select(['participants.actor', 'own.number as mark'])
    .select(({ selectFrom }) =>
      // A mark in the other numbering stands for the newest message up to it that this audience sees too.
      selectFrom('messages')
        .select(number)
        .whereRef('messages.ticket_id', '=', 'participants.ticket_id')
        .whereRef(`messages.${otherNumber}`, '<=', 'other.number')
        .where(`messages.${number}`, 'is not', null)
        .orderBy(`messages.${otherNumber}`, 'desc')
        .limit(1)
        .as('converted'),
    )
    .where('participants.ticket_id', '=', ticketId)
    .orderBy('participants.place')
    .execute()
  return rows.map(({ actor, mark, converted }) => {
    const user: Actor = JSON.parse(actor)
    const isHidden = audience === 'public' && audienceOf(user) === 'staff'
    return { user, lastReadNumber: isHidden ? null : Math.max(mark ?? 0, converted ?? 0) || null }
  })
}

/** Creates what `Tickets` has about reading: `markRead`, `unread`, `unreadCount` and `participants`. */
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
      const { row, isMoved } = await storage.write(async (tx) => {
        const ticket = await requireTicket(tx, viewer, ticketId)
        const { entries } = await readTicketStream(tx, ticketId, audience)
        const number = Math.min(upToNumber, entries)
        const mark = { ticket_id: ticketId, user_id: viewer.userId, audience, number }
        return { row: ticket, isMoved: number > 0 && (await moveMark(tx, mark)) }
      })
      if (isMoved) bus.publish(userActivityTopic(viewer.userId), { ticketId, audience, assigneeId: row.assignee_id })
      return toTicket(row, audience)
    },
    participants: (viewer: Viewer, { id }: Pick<Ticket, 'id'>, wanted?: Wanted): Promise<readonly Participant[]> =>
      storage.read((tx) =>
        wants(wanted, 'lastReadNumber') ? readParticipants(tx, id, audienceOf(viewer)) : readActors(tx, id),
      ),
  }
}
