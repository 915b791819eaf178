import { cursorExpired, cursorOf } from '../feed/cursor.ts'
import type { Page } from '../feed/follow.ts'
import { lastTerm } from '../storage/lane-terms.ts'
import { type LaneState, readLane } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import { inboxLane } from './inbox-events.ts'
import type { Followed } from './inbox-pages.ts'
import { readNewest } from './list.ts'
import type { Notification, NotificationEvent } from './notification.ts'
import { countUnreadOf } from './unread.ts'

const readFollowed = async (tx: Tx, { userId, epoch }: Followed): Promise<LaneState> => {
  const lane = await readLane(tx, inboxLane(userId))
  if (lane?.epoch !== epoch) throw cursorExpired()
  return lane
}

/** `LogView.readReset` of all changes: says that the list is to be loaded again. */
export const readReset = async (tx: Tx, followed: Followed, cap: number): Promise<Page<NotificationEvent>> => {
  const lane = await readFollowed(tx, followed)
  const { revision } = lane
  const unread = await countUnreadOf(tx, { userId: followed.userId, revision }, cap)
  const item = { __typename: 'NotificationsReset', unread, cursor: cursorOf(lane) } as const
  return { entries: [{ revision, item }], revision, hasMore: false, term: lastTerm(lane.terms) }
}

/** `LogView.readReset` of what arrives: the newest notification again. */
export const readNewestAgain = async (tx: Tx, followed: Followed): Promise<Page<Notification>> => {
  const lane = await readFollowed(tx, followed)
  const { revision, terms } = lane
  const newest = await readNewest(tx, { ...followed, lane, wanted: followed.wanted })
  return {
    entries: newest ? [{ revision, item: newest }] : [],
    revision,
    hasMore: false,
    term: lastTerm(terms),
  }
}
