import { z } from 'zod'
import { type Topic, topic } from '../bus/bus.ts'
import { identified } from '../bus/event-schema.ts'
import type { JsonObject } from '../lib/json.ts'

/** An event of the product's own; never stored. */
export interface CustomEvent {
  readonly id: string
  readonly name: string
  readonly data: JsonObject | null
  /** The ticket it was sent to; null when it was sent to users. */
  readonly ticketId: string | null
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A custom event on its way. */
export interface SentEvent {
  readonly event: CustomEvent
  /** Not for this user, on any device. */
  readonly excludeUserId: string | null
}

const sentEventSchema: z.ZodType<SentEvent> = z.object({
  event: identified<CustomEvent>(),
  excludeUserId: z.string().nullable(),
})

/** Where events to a user are told. */
export function userEvents(userId: string): Topic<SentEvent> {
  return topic(`events:user:${userId}`, sentEventSchema)
}

/** Where events to a ticket are told. */
export function ticketEvents(ticketId: string): Topic<SentEvent> {
  return topic(`events:ticket:${ticketId}`, sentEventSchema)
}

/** Where events to everyone are told. */
export const EVERYONE: Topic<SentEvent> = topic('events:everyone', sentEventSchema)
