import type { Role, Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Feed } from '../feed/feed.ts'
import { followState, type Update } from '../feed/state.ts'
import type { Limits } from '../lib/limits.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { findTicket } from './access.ts'
import { audienceOf, COLUMNS } from './audience.ts'
import { independent } from './independent.ts'
import { countUnread } from './read-marks.ts'
import { STAFF_ACTIVITY, userActivityTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly limits: Limits
}

/** What last happened in a ticket, without the text. */
export interface TicketActivity {
  readonly ticketId: string
  /** Of its newest message that the viewer sees. */
  readonly number: number
  readonly authorRole: Role
  /** When that message was stored. */
  readonly at: number
  readonly unreadCount: number
}

/** Whose activity. */
export interface ActivityFilter {
  /** Of staff: only tickets in the viewer's charge. Says nothing to customers. */
  readonly assignedToMe?: boolean | undefined
}

/** Tickets with something unread that are told at the start. */
const MAX_AT_START = 100

/** The newest tickets in which the viewer has something unread, the newest first. */
const readUnreadTickets = async (tx: Tx, { userId, role }: Viewer, filter: ActivityFilter): Promise<string[]> => {
  const audience = audienceOf({ role })
  const { number, at } = COLUMNS[audience]
  const rows = await tx
    .selectFrom('tickets')
    .select('tickets.id')
    .$if(audience === 'public', (query) =>
      query
        .innerJoin('participants', 'participants.ticket_id', 'tickets.id')
        .where('participants.user_id', '=', userId),
    )
    .$if(audience === 'staff' && filter.assignedToMe === true, (query) =>
      query.where('tickets.assignee_id', '=', userId),
    )
    .leftJoin('ticket_reads', (join) =>
      join
        .onRef('ticket_reads.ticket_id', '=', 'tickets.id')
        .on('ticket_reads.user_id', '=', userId)
        .on('ticket_reads.audience', '=', audience),
    )
    .where(({ exists, selectFrom, fn, val }) =>
      exists(
        selectFrom('messages')
          .select('messages.id')
          .whereRef('messages.ticket_id', '=', 'tickets.id')
          .where(`messages.${number}`, '>', fn.coalesce('ticket_reads.number', val(0)))
          .where('messages.author_id', '!=', userId)
          .where('messages.deleted_at', 'is', null),
      ),
    )
    .orderBy(`tickets.${at}`, 'desc')
    .orderBy('tickets.id', 'desc')
    .limit(MAX_AT_START)
    .execute()
  return rows.map(({ id }) => id)
}

/** The activity of a ticket; undefined when the viewer does not see it, or nothing was said yet. */
const readActivity = async (
  tx: Tx,
  viewer: Viewer,
  ticketId: string,
  cap: number,
): Promise<TicketActivity | undefined> => {
  if (!(await findTicket(tx, viewer, ticketId))) return undefined
  const { number } = COLUMNS[audienceOf(viewer)]
  const newest = await tx
    .selectFrom('messages')
    .select([`${number} as number`, 'author', 'created_at'])
    .where('ticket_id', '=', ticketId)
    .where(number, 'is not', null)
    .orderBy(number, 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!newest || newest.number === null) return undefined
  return {
    ticketId,
    number: newest.number,
    authorRole: JSON.parse(newest.author).role,
    at: newest.created_at,
    unreadCount: await countUnread(tx, viewer, ticketId, cap),
  }
}

/** Makes `Tickets.followActivity`. */
export const createFollowActivity =
  ({ storage, bus, limits }: Deps) =>
  (viewer: Viewer, filter: ActivityFilter): Feed<TicketActivity> => {
    const audience = audienceOf(viewer)
    const isWanted = (assigneeId: string | null): boolean =>
      audience === 'public' || filter.assignedToMe !== true || assigneeId === viewer.userId

    return independent(() => {
      /** Tickets that the reader believes to have something unread. */
      const unread = new Set<string>()

      const update = (ticketId: string): Update<TicketActivity> => ({
        key: ticketId,
        // Counted when the reader takes it, so that one who is slow causes less work.
        value: async () => {
          const activity = await storage.read((tx) => readActivity(tx, viewer, ticketId, limits.unreadCap))
          if (activity && activity.unreadCount > 0) unread.add(ticketId)
          else unread.delete(ticketId)
          return activity
        },
      })

      return followState(bus, {
        source: `activity:${audience}:${filter.assignedToMe === true}`,
        scope: `user:${viewer.userId}`,
        topics:
          audience === 'staff'
            ? [STAFF_ACTIVITY, userActivityTopic(viewer.userId)]
            : [userActivityTopic(viewer.userId)],
        load: async () => {
          const ids = await storage.read((tx) => readUnreadTickets(tx, viewer, filter))
          // After a gap also those that the reader knows as unread: they may have been read elsewhere. The newest comes
          // last, so that a list into which each is put on top ends up in order.
          return [...new Set([...unread, ...ids.toReversed()])].map(update)
        },
        take: (bell) => (bell.audience === audience && isWanted(bell.assigneeId) ? [update(bell.ticketId)] : []),
      })
    })
  }
