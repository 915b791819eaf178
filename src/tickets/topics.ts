import { z } from 'zod'
import { type Topic, topic } from '../bus/bus.ts'
import { identified } from '../bus/event-schema.ts'
import { type Change, changeSchema } from '../delivery/description.ts'
import type { Audience } from './audience.ts'
import { type LiveEvent, liveSchema } from './live-events.ts'
import type { TicketMessage } from './ticket-message.ts'
import { streamOf } from './ticket-streams.ts'

/** A change of one audience's stream of a ticket: messages were sent, edited or deleted, as that audience sees them. */
export type MessagesChanged = Change<TicketMessage>

/** These users are no longer participants of a ticket. */
export interface AccessChanged {
  readonly removed: readonly string[]
}

/** An invalidation: something changed in a ticket, or in whose list it is. Lists read the change from the store. */
export interface ActivityInvalidation {
  readonly ticketId: string
  /** The audience that is meant. One user can be a participant and, with another token, staff. */
  readonly audience: Audience
  readonly assigneeId: string | null
  /** The assignee until now. Left out when that did not change. */
  readonly previousAssigneeId?: string | null | undefined
  /** The ticket is new to the lists that receive this. */
  readonly isNew?: boolean | undefined
}

/** An invalidation: somebody has read more of a ticket, or their mark is gone. Subscribers read the marks from the store. */
export type ReadsInvalidation = Readonly<Record<string, never>>

/** An invalidation: messages have reached devices of users, in these tickets. By the audience that may know it. */
export type DeliveriesInvalidation = Readonly<Record<Audience, readonly string[]>>

const messagesSchema = changeSchema(identified<TicketMessage>())

const accessSchema: z.ZodType<AccessChanged> = z.object({ removed: z.array(z.string()) })

const readsSchema: z.ZodType<ReadsInvalidation> = z.object({})

const activitySchema: z.ZodType<ActivityInvalidation> = z.object({
  ticketId: z.string(),
  audience: z.enum(['public', 'staff']),
  assigneeId: z.string().nullable(),
  previousAssigneeId: z.string().nullish(),
  isNew: z.boolean().optional(),
})

/** The topic on which changes of a ticket's messages are published to one audience. */
export function messagesTopic(ticketId: string, audience: Audience): Topic<MessagesChanged> {
  return topic(streamOf(ticketId, audience), messagesSchema)
}

/** The topic on which typing, presence and changes of the ticket itself are published to one audience. */
export function liveTopic(ticketId: string, audience: Audience): Topic<LiveEvent> {
  return topic(`${streamOf(ticketId, audience)}:live`, liveSchema)
}

/** The topic on which it is published that what one audience may know of the reads of a ticket has changed. */
export function readsTopic(ticketId: string, audience: Audience): Topic<ReadsInvalidation> {
  return topic(`${streamOf(ticketId, audience)}:reads`, readsSchema)
}

/** The topic on which it is published in which tickets messages have reached devices: about once a second by each node, whatever came. */
export const DELIVERIES: Topic<DeliveriesInvalidation> = topic(
  'deliveries',
  z.object({ public: z.array(z.string()), staff: z.array(z.string()) }),
)

/** The topic on which it is published that users lost access to a ticket. */
export function accessTopic(ticketId: string): Topic<AccessChanged> {
  return topic(`ticket:${ticketId}:access`, accessSchema)
}

/** The topic of invalidations for one user. The `user:` in it keeps a user whose id is `staff` from receiving what staff receives. */
export function userActivityTopic(userId: string): Topic<ActivityInvalidation> {
  return topic(`activity:user:${userId}`, activitySchema)
}

/** The topic of invalidations for all staff. */
export const STAFF_ACTIVITY: Topic<ActivityInvalidation> = topic('activity:staff', activitySchema)
