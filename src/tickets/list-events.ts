import { isInCharge, isOfStatus, type TicketWish } from './ticket-filter.ts'
import type { ActivityInvalidation, TicketListReason } from './topics.ts'

/** Whether a list has a ticket: surely, surely not, or only the store knows. */
type Standing = 'in' | 'out' | 'maybe'

/** A state of a ticket as an event tells it. */
interface Told {
  readonly assigneeId: string | null
  /** Undefined: a node of an earlier version has not said it. */
  readonly status: string | undefined
}

function standingOf(wish: TicketWish, { assigneeId, status }: Told, mayBeUnread: boolean): Standing {
  if (!isInCharge(wish.charge, assigneeId)) return 'out'
  if (status !== undefined && !isOfStatus(wish, status)) return 'out'
  const isUnsure = status === undefined || wish.updatedSince !== undefined || (wish.unread !== undefined && mayBeUnread)
  return isUnsure ? 'maybe' : 'in'
}

/** What an event means for a list: how its ticket stood there before, and how it stands after. */
export interface Effect {
  readonly before: Standing
  readonly after: Standing
  /** It changes how many tickets there are, whatever status is listed. */
  readonly isCounted: boolean
}

/** Finds what an event means for the tickets that are meant. */
export function effectOn(wish: TicketWish, event: ActivityInvalidation): Effect {
  const { assigneeId, previousAssigneeId = assigneeId, status, previousStatus = status, reasons } = event
  const { isNew = false, isGone = false } = event
  const mayBeUnread = reasons === undefined || reasons.includes('MESSAGE') || reasons.includes('READ')
  const before: Standing = isNew
    ? 'out'
    : standingOf(wish, { assigneeId: previousAssigneeId, status: previousStatus }, mayBeUnread)
  const after: Standing = isGone ? 'out' : standingOf(wish, { assigneeId, status }, mayBeUnread)
  const isElsewhere = isNew || isGone || previousAssigneeId !== assigneeId || previousStatus !== status
  const isOther = (wish.unread !== undefined && mayBeUnread) || wish.updatedSince !== undefined
  const isMine = isInCharge(wish.charge, assigneeId) || isInCharge(wish.charge, previousAssigneeId)
  return { before, after, isCounted: (isElsewhere || isOther) && isMine }
}

/** What happened to a ticket since a subscriber was last told of it. */
export interface Happened {
  /** How the ticket stood in the list before the first event. */
  readonly before: Standing
  /** The list may have had it at some moment meanwhile, or before. So it has to be told when it is not in it now. */
  readonly mayBeKnown: boolean
  readonly reasons: readonly TicketListReason[]
}

/** Adds an event to what happened before. */
export function joined(
  earlier: Happened | undefined,
  effect: Effect,
  reasons: readonly TicketListReason[] = [],
): Happened {
  const mayBeKnown = effect.before !== 'out' || effect.isCounted
  if (!earlier) return { before: effect.before, mayBeKnown, reasons: [...new Set(reasons)] }
  return {
    before: earlier.before,
    mayBeKnown: earlier.mayBeKnown || mayBeKnown,
    reasons: [...new Set([...earlier.reasons, ...reasons])],
  }
}
