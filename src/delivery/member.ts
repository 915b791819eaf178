import { isCursorExpired } from '../feed/cursor.ts'
import type { Fail } from '../feed/feed.ts'
import { type LogFeed, type Page, withCursors } from '../feed/follow.ts'
import { readPatiently } from '../feed/patience.ts'
import { type Bookmark, endBookmark, expire, passed, wrote } from './bookmark.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import type { Execute } from './execute.ts'
import type { OperationId } from './frame.ts'
import type { Resume } from './log-result.ts'
import { enqueue, type Outbox, waitForRoom } from './outbox.ts'
import { type Rendered, render } from './render.ts'
import type { Seat } from './results.ts'

/** One subscription on one socket. */
export interface Subscriber extends Seat {
  /** Ends the subscription with what ended it. */
  readonly fail: Fail
}

/** A subscriber in a group. */
export interface Member {
  readonly outbox: Outbox
  readonly id: OperationId
  readonly fail: Fail
  readonly view: LogFeed<unknown>['view']
  /** The revision after which its feed begins. */
  readonly from: number
  /** See `Seat`; until it was taken up. */
  open: Seat['open']
  /** What was sent to it so far. */
  position: number
  /** What its next result says, and then none any more. */
  resume: Resume
  bookmark: Bookmark | undefined
  /** It reads the store, or waits for its socket; live events pass it by. */
  isBehind: boolean
  hasLeft: boolean
  close: () => void
}

/** A member that stands where its feed begins. */
export const createMember = ({ view, from }: LogFeed<unknown>, { outbox, id, fail, open }: Subscriber): Member => ({
  outbox,
  id,
  fail,
  view,
  from,
  open,
  position: from,
  resume: null,
  bookmark: undefined,
  isBehind: false,
  hasLeft: false,
  close: () => {},
})

/** Sends a result: the shared one, unless it has something to say to this member alone. */
export const push = (member: Member, { shared, alone }: Rendered): void => {
  enqueue(member.outbox, member.resume === null ? shared : alone(member.resume), member.id)
  member.resume = null
}

/** What a member has got moves on; `wrote`: its client still has to say that it has it. */
export const moveTo = (member: Member, position: number, how: 'wrote' | 'passed'): void => {
  if (position === member.position) return
  member.position = position
  const { bookmark } = member
  if (!bookmark) return
  if (how === 'wrote') wrote(bookmark, position)
  else passed(bookmark, position)
}

/** Lets a member go on where its client left; nothing can be sent to it before. */
export const takeUp = async (member: Member, stats: DeliveryStats): Promise<void> => {
  const { open, view, from } = member
  if (!open) return
  member.open = undefined
  const bookmark = await open({ epoch: view.epoch, revision: from })
  if (member.hasLeft) return endBookmark(bookmark)
  member.bookmark = bookmark
  member.position = bookmark.held.start.revision
  if (bookmark.held.start.isExpired) {
    member.resume = 'expired'
    stats.expired += 1
  } else if (member.position < from) stats.resumed += 1
}

/** Where a member resumes can have been deleted for good: then it begins now, and is told so. */
const readOnce = (member: Member): Promise<Page<unknown>> => {
  const { view, from } = member
  const resumedAt = member.bookmark?.held.start.revision
  if (member.position !== resumedAt || resumedAt === from) return view.read(member.position)
  return view.read(resumedAt).catch((error: unknown) => {
    if (!isCursorExpired(error)) throw error
    member.position = from
    member.resume = 'expired'
    if (member.bookmark) expire(member.bookmark)
    return view.read(from)
  })
}

/** What a member has missed; waits for a store that is away. */
export const readFor = (member: Member): Promise<Page<unknown>> =>
  readPatiently(
    () => readOnce(member),
    () => member.hasLeft,
  )

/** Sends what a member has missed, no faster than its socket takes it. */
export const sendPage = async (
  member: Member,
  { entries, revision }: Page<unknown>,
  execute: Execute,
  stats: DeliveryStats,
): Promise<void> => {
  const deliveries = withCursors(entries, member.view.epoch, member.position)
  const results = await render(execute, deliveries)
  stats.rendered += results.length
  for (const [index, result] of results.entries()) {
    await waitForRoom(member.outbox)
    if (member.hasLeft) return
    push(member, result)
    stats.deliveries += 1
    moveTo(member, deliveries[index]?.position ?? member.position, 'wrote')
  }
  moveTo(member, revision, 'passed')
}
