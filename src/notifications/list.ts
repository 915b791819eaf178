import type { Viewer } from '../auth/viewer.ts'
import { cursorOf, numberOf, pageCursor } from '../feed/cursor.ts'
import { requirePageSize, requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { CATEGORY, TYPE } from '../lib/values.ts'
import type { LaneState } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import { selectInbox, toNotification } from './inbox.ts'
import type { ReadInbox } from './inbox-reader.ts'
import type { Notification, UnreadCount } from './notification.ts'
import { countUnreadOf } from './unread.ts'

/** Which notifications to list; what is left out does not filter. */
export interface NotificationFilter {
  readonly read?: boolean | null | undefined
  readonly seen?: boolean | null | undefined
  /** Unarchived ones when left out, both for null. */
  readonly archived?: boolean | null | undefined
  readonly categories?: readonly string[] | null | undefined
  readonly types?: readonly string[] | null | undefined
}

/** Which part of the inbox to list. */
export interface ListInput {
  readonly first: number
  /** A page cursor. */
  readonly after?: string | null | undefined
  readonly filter?: NotificationFilter | null | undefined
}

export interface NotificationEdge {
  readonly cursor: string
  readonly node: Notification
}

/** A page of the inbox, newest first; all of the same moment. */
export interface NotificationPage {
  readonly edges: readonly NotificationEdge[]
  readonly nodes: readonly Notification[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
  readonly unread: UnreadCount
  readonly resumeCursor: string
}

export interface ListDeps {
  readonly readInbox: ReadInbox
  readonly limits: Limits
}

/** Categories or types of one filter. */
const MAX_FILTER_VALUES = 100

const requireFilter = (filter: NotificationFilter): NotificationFilter => {
  const { categories, types } = filter
  if (categories != null) requireTexts('filter.categories', categories, MAX_FILTER_VALUES, CATEGORY)
  if (types != null) requireTexts('filter.types', types, MAX_FILTER_VALUES, TYPE)
  return filter
}

const selectFiltered = (tx: Tx, userId: string, filter: NotificationFilter, now: number) => {
  const { read, seen, archived = false, categories, types } = filter
  return selectInbox(tx, userId, now)
    .$if(read != null, (query) => query.where('inbox.read_at', read ? 'is not' : 'is', null))
    .$if(seen != null, (query) => query.where('inbox.seen_at', seen ? 'is not' : 'is', null))
    .$if(archived != null, (query) => query.where('inbox.archived_at', archived ? 'is not' : 'is', null))
    .$if(categories != null, (query) => query.where('inbox.category', 'in', categories ?? []))
    .$if(types != null, (query) => query.where('notifications.type', 'in', types ?? []))
}

/** Makes the query that lists an inbox. Throws BAD_USER_INPUT, and CURSOR_EXPIRED when the cursor is of another inbox. */
export const createList =
  ({ readInbox, limits }: ListDeps) =>
  async ({ userId }: Viewer, input: ListInput): Promise<NotificationPage> => {
    const first = requirePageSize('first', input.first, limits.pageSize)
    const filter = requireFilter(input.filter ?? {})

    const readPage = async (tx: Tx, lane: LaneState, now: number): Promise<NotificationPage> => {
      const { epoch, revision } = lane
      const end = input.after == null ? undefined : numberOf(input.after, epoch)
      const matching = selectFiltered(tx, userId, filter, now)
      const rows = await matching
        .$if(end !== undefined, (query) => query.where('inbox.position', '<', end ?? 0))
        .orderBy('inbox.position', 'desc')
        .limit(first + 1)
        .execute()
      const before =
        end === undefined ? undefined : await matching.where('inbox.position', '>=', end).limit(1).executeTakeFirst()
      const unread = await countUnreadOf(tx, { userId, revision }, limits.unreadCap)
      const edges = rows
        .slice(0, first)
        .map((row) => ({ cursor: pageCursor(epoch, row.position), node: toNotification(row) }))
      const pageInfo = {
        hasNextPage: rows.length > first,
        hasPreviousPage: before !== undefined,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      }
      return {
        edges,
        nodes: edges.map(({ node }) => node),
        pageInfo,
        unread,
        resumeCursor: cursorOf(lane),
      }
    }
    return readInbox(userId, readPage)
  }
