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
  /** The ticket was deleted, so staff lost it, too. */
  readonly isDeleted?: boolean | undefined
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
  /** It is in none of these lists any more: it was deleted, or its user takes part no longer. */
  readonly isGone?: boolean | undefined
  /** Its status after the change. Left out by nodes of an earlier version, and so are the reasons. */
  readonly status?: string | undefined
  /** The status until now. Left out when that did not change. */
  readonly previousStatus?: string | undefined
  /** What changed, as far as this audience may know. */
  readonly reasons?: readonly TicketListReason[] | undefined
}

/** Why a ticket enters, changes in or leaves a list. Each is explained in `schema/tickets.graphql`. */
const REASONS = ['MESSAGE', 'READ', 'STATUS', 'ASSIGNMENT', 'PARTICIPATION', 'DETAILS', 'DELETED', 'MUTE'] as const

export type TicketListReason = (typeof REASONS)[number]

/** An invalidation: somebody has read more of a ticket, or their mark is gone. Subscribers read the marks from the store. */
export type ReadsInvalidation = Readonly<Record<string, never>>

/** An invalidation: messages have reached devices of users, in these tickets. By the audience that may know it. */
export type DeliveriesInvalidation = Readonly<Record<Audience, readonly string[]>>

const messagesSchema = changeSchema(identified<TicketMessage>())

const accessSchema: z.ZodType<AccessChanged> = z.object({
  removed: z.array(z.string()),
  isDeleted: z.boolean().optional(),
})

const readsSchema: z.ZodType<ReadsInvalidation> = z.object({})

const activitySchema: z.ZodType<ActivityInvalidation> = z.object({
  ticketId: z.string(),
  audience: z.enum(['public', 'staff']),
  assigneeId: z.string().nullable(),
  previousAssigneeId: z.string().nullish(),
  isNew: z.boolean().optional(),
  isGone: z.boolean().optional(),
  status: z.string().optional(),
  previousStatus: z.string().optional(),
  // A later version can know more reasons.
  reasons: z
    .array(z.string())
    .transform((all) => REASONS.filter((reason) => all.includes(reason)))
    .optional(),
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
