import { z } from 'zod'
import { type Topic, topic } from '../bus/bus.ts'
import { identified } from '../bus/event-schema.ts'
import type { JsonObject } from '../lib/json.ts'

/** A custom event, which a product sends through Herald. It is never stored. */
export interface CustomEvent {
  readonly id: string
  readonly name: string
  readonly data: JsonObject | null
  /** The ticket to which it was sent. Null: it was sent to users. */
  readonly ticketId: string | null
  /** When it was sent, in milliseconds since 1970. */
  readonly at: number
}

/** A custom event as it is published to the nodes. */
export interface SentEvent {
  readonly event: CustomEvent
  /** The user who does not get it, on any device. */
  readonly excludeUserId: string | null
}

const sentEventSchema: z.ZodType<SentEvent> = z.object({
  event: identified<CustomEvent>(),
  excludeUserId: z.string().nullable(),
})

/** The topic on which events to a user are published. */
export function userEvents(userId: string): Topic<SentEvent> {
  return topic(`events:user:${userId}`, sentEventSchema)
}

/** The topic on which events to a ticket are published. */
export function ticketEvents(ticketId: string): Topic<SentEvent> {
  return topic(`events:ticket:${ticketId}`, sentEventSchema)
}

/** The topic on which events to everyone are published. */
export const EVERYONE: Topic<SentEvent> = topic('events:everyone', sentEventSchema)
