import type { Bus } from '../bus/bus.ts'
import { recentTerms } from '../storage/stream-terms.ts'
import { AUDIENCES } from './audience.ts'
import { type MessageRow, toMessage } from './ticket-message.ts'
import type { TicketStreams } from './ticket-streams.ts'
import { messagesTopic, STAFF_ACTIVITY, type TicketListReason, userActivityTopic } from './topics.ts'

/** The users who must learn that something changed in a ticket. */
export interface ActivityTargets {
  readonly ticketId: string
  readonly assigneeId: string | null
  /** The assignee until now. Left out when that did not change. */
  readonly previousAssigneeId?: string | null | undefined
  readonly status: string
  /** The status until now. Left out when that did not change. */
  readonly previousStatus?: string | undefined
  /** What changed. Customers are not told of assignments. */
  readonly reasons: readonly TicketListReason[]
  /** The ticket was stored for the first time. */
  readonly isNew?: boolean | undefined
  /** The ticket was deleted. */
  readonly isGone?: boolean | undefined
  /** The participants. Empty when the change concerned staff only. */
  readonly userIds: readonly string[]
  /** Participants in whose list the ticket is new. */
  readonly came?: readonly string[] | undefined
  /** Former participants, whose list no longer has the ticket. */
  readonly left?: readonly string[] | undefined
}

/** Publishes a message to each audience that sees it, as the latest change of the streams that it moved. */
export function publishMessage(bus: Bus, streams: TicketStreams, row: MessageRow): void {
  for (const audience of AUDIENCES) {
    const stream = streams[audience]
    if (!stream) continue
    const { revision, terms } = stream
    bus.publish(messagesTopic(row.ticket_id, audience), {
      terms: recentTerms(terms),
      previous: revision - 1,
      revision,
      entries: [{ revision, item: toMessage(row, audience) }],
    })
  }
}

/** Publishes an invalidation to all users whose list of tickets shows this one, or showed it until now. */
export function publishActivity(bus: Bus, targets: ActivityTargets): void {
  const { userIds, came = [], left = [], reasons, ...change } = targets
  const { ticketId, assigneeId, status, previousStatus } = change
  const seen = reasons.filter((reason) => reason !== 'ASSIGNMENT')
  const invalidation = { ticketId, assigneeId, audience: 'public', status, previousStatus, reasons: seen } as const
  for (const userId of userIds) {
    bus.publish(userActivityTopic(userId), came.includes(userId) ? { ...invalidation, isNew: true } : invalidation)
  }
  // Who has left learns nothing else of the ticket, not even that it changed.
  const ofLeaving = seen.filter((reason) => reason === 'PARTICIPATION' || reason === 'DELETED')
  for (const userId of left) {
    bus.publish(userActivityTopic(userId), { ...invalidation, reasons: ofLeaving, isGone: true })
  }
  bus.publish(STAFF_ACTIVITY, { ...change, reasons, audience: 'staff' })
}
