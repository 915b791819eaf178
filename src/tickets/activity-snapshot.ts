import type { Viewer } from '../auth/viewer.ts'
import type { TakeTurn } from '../lib/turns.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { audienceOf, COLUMNS } from './audience.ts'
import { type Belonging, readDepartures } from './departures.ts'

/** Whose activity. */
export interface ActivityFilter {
  /** Of staff: only tickets in the viewer's charge. Says nothing to customers. */
  readonly assignedToMe?: boolean | undefined
}

/** What a snapshot of somebody's tickets has to tell. */
export interface Snapshot {
  /** The ids of the tickets to tell of: first those that were lost, then the others, the latest change last. */
  readonly ticketIds: readonly string[]
  /** It does not reach down to the oldest ticket. */
  readonly isCapped: boolean
}

/** The newest tickets that are told in any case, the tickets with something unread, and the lost ones that are told at most. */
const MAX_TOLD = 100
/** Tickets of one statement: few enough that it holds up nobody. */
const PAGE = 250
/** Tickets that are looked at for something unread. */
const MAX_LOOKED_AT = 10_000

/** How a ticket becomes one of the viewer's; undefined: all are. */
export const belongingOf = (viewer: Pick<Viewer, 'role'>, filter: ActivityFilter): Belonging | undefined => {
  if (audienceOf(viewer) === 'public') return 'participant'
  return filter.assignedToMe === true ? 'assignee' : undefined
}

interface Place {
  readonly at: number
  readonly id: string
}

/** The viewer's tickets behind a place, the latest change first, and in which of them something is unread. */
const readPage = async (tx: Tx, viewer: Viewer, filter: ActivityFilter, after: Place | undefined) => {
  const { userId } = viewer
  const audience = audienceOf(viewer)
  const { number, at } = COLUMNS[audience]
  const belonging = belongingOf(viewer, filter)
  return tx
    .selectFrom('tickets')
    .select(['tickets.id', `tickets.${at} as at`])
    .$if(belonging === 'participant', (query) =>
      query
        .innerJoin('participants', 'participants.ticket_id', 'tickets.id')
        .where('participants.user_id', '=', userId),
    )
    .$if(belonging === 'assignee', (query) => query.where('tickets.assignee_id', '=', userId))
    .$if(after !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple(`tickets.${at}`, 'tickets.id'), '<', tuple(after?.at ?? 0, after?.id ?? '')),
      ),
    )
    .leftJoin('ticket_reads', (join) =>
      join
        .onRef('ticket_reads.ticket_id', '=', 'tickets.id')
        .on('ticket_reads.user_id', '=', userId)
        .on('ticket_reads.audience', '=', audience),
    )
    .select(({ exists, selectFrom, fn, val }) =>
      exists(
        selectFrom('messages')
          .select('messages.id')
          .whereRef('messages.ticket_id', '=', 'tickets.id')
          .where(`messages.${number}`, '>', fn.coalesce('ticket_reads.number', val(0)))
          .where('messages.author_id', '!=', userId)
          .where('messages.deleted_at', 'is', null),
      ).as('isUnread'),
    )
    .orderBy(`tickets.${at}`, 'desc')
    .orderBy('tickets.id', 'desc')
    .limit(PAGE)
    .execute()
}

/** Walks down the list, a page in each turn. */
const readMine = async (storage: Storage, viewer: Viewer, filter: ActivityFilter, takeTurn: TakeTurn) => {
  const ids: string[] = []
  let unread = 0
  let after: Place | undefined
  for (let looked = 0; looked < MAX_LOOKED_AT; ) {
    await takeTurn()
    const rows = await storage.read((tx) => readPage(tx, viewer, filter, after))
    for (const { id, at, isUnread } of rows) {
      if (ids.length >= MAX_TOLD && unread >= MAX_TOLD) return { ids, isCapped: true }
      looked += 1
      after = { at, id }
      if (isUnread) unread += 1
      if (isUnread || looked <= MAX_TOLD) ids.push(id)
    }
    if (rows.length < PAGE) return { ids, isCapped: false }
  }
  return { ids, isCapped: true }
}

/** Reads which tickets a snapshot tells of, so that the process attends to others in between. */
export const readSnapshot = async (
  storage: Storage,
  viewer: Viewer,
  filter: ActivityFilter,
  takeTurn: TakeTurn,
): Promise<Snapshot> => {
  const belonging = belongingOf(viewer, filter)
  const lost = belonging
    ? await storage.read((tx) => readDepartures(tx, viewer.userId, belonging, MAX_TOLD))
    : ([] as const)
  const { ids, isCapped } = await readMine(storage, viewer, filter, takeTurn)
  const mine = new Set(ids)
  // The latest comes last, so that a list into which each is put on top ends up in order.
  return { ticketIds: [...ids, ...lost.filter((id) => !mine.has(id))].toReversed(), isCapped }
}
