import { z } from 'zod'
import { type Topic, topic } from '../bus/bus.ts'
import { identified } from '../bus/event-schema.ts'
import { type Change, changeSchema } from '../delivery/description.ts'
import type { Audience } from './audience.ts'
import { type LiveEvent, liveSchema } from './live-events.ts'
import type { TicketMessage } from './ticket-message.ts'
import { streamOf } from './ticket-streams.ts'

/** A change of a stream: messages said, edited or deleted, as that audience sees them. */
export type MessagesChanged = Change<TicketMessage>

/** These users are no longer participants. */
export interface AccessChanged {
  readonly removed: readonly string[]
}

/** Something changed in a ticket, or in whose list it is: look at the store. */
export interface ActivityInvalidation {
  readonly ticketId: string
  /** Who is meant: one user can be a participant and, with another token, staff. */
  readonly audience: Audience
  readonly assigneeId: string | null
  /** Whose charge it was in until now; left out when that did not change. */
  readonly previousAssigneeId?: string | null | undefined
  /** It is new to those who receive this. */
  readonly isNew?: boolean | undefined
}

const messagesSchema = changeSchema(identified<TicketMessage>())

const accessSchema: z.ZodType<AccessChanged> = z.object({ removed: z.array(z.string()) })

const activitySchema: z.ZodType<ActivityInvalidation> = z.object({
  ticketId: z.string(),
  audience: z.enum(['public', 'staff']),
  assigneeId: z.string().nullable(),
  previousAssigneeId: z.string().nullish(),
  isNew: z.boolean().optional(),
})

export function messagesTopic(ticketId: string, audience: Audience): Topic<MessagesChanged> {
  return topic(streamOf(ticketId, audience), messagesSchema)
}

/** Where typing, presence and changes of the ticket itself are told. */
export function liveTopic(ticketId: string, audience: Audience): Topic<LiveEvent> {
  return topic(`${streamOf(ticketId, audience)}:live`, liveSchema)
}

export function accessTopic(ticketId: string): Topic<AccessChanged> {
  return topic(`ticket:${ticketId}:access`, accessSchema)
}

/** What concerns one user. The `user:` keeps a user whose id is `staff` from receiving what staff receives. */
export function userActivityTopic(userId: string): Topic<ActivityInvalidation> {
  return topic(`activity:user:${userId}`, activitySchema)
}

export const STAFF_ACTIVITY: Topic<ActivityInvalidation> = topic('activity:staff', activitySchema)
