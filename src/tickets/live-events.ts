import { z } from 'zod'
import type { Actor } from '../auth/viewer.ts'
import { identified } from '../bus/event-schema.ts'
import type { Visibility } from './audience.ts'

/** A user other than the viewer types, or has stopped. */
export interface Typing {
  readonly ticketId: string
  readonly user: Actor
  readonly isTyping: boolean
  readonly visibility: Visibility
  /** When to hide the indicator even if nothing more comes, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** What one device says of its user's typing. A subscriber knows whether it is the first or last device of the user. */
export interface TypingSignal {
  readonly type: 'typing'
  /** Names the device. It is the id of the socket when the client names none. */
  readonly connectionId: string
  /** Names the typing that begins. Of an end: only this typing ends; left out, all that the device types. */
  readonly turn?: string | undefined
  readonly typing: Typing
}

/** Which users look at a ticket, as one audience may know it. */
export interface TicketPresence {
  readonly ticketId: string
  readonly change: 'PRESENT' | 'JOINED' | 'LEFT'
  /** The user who joined or left. Null with `PRESENT`. */
  readonly user: Actor | null
  /** All who are here after the change, as far as they are named. */
  readonly viewers: readonly Actor[]
  /** More users are here than `viewers` names. */
  readonly isCapped: boolean
}

/** A user joined or left a ticket, as it is published for one audience. */
export interface PresenceChanged {
  readonly type: 'presence'
  /** False when it comes from a node of the version before, which does not know who is here on other nodes. It is then not shown. */
  readonly isWhole: boolean
  /** Of two events the one with the larger version is newer. Those of several nodes can arrive in another order. */
  readonly version: number
  readonly presence: TicketPresence
}

/** An invalidation: subject, status, assignee or participants of a ticket changed. Subscribers read them from the store. */
export interface TicketChanged {
  readonly type: 'changed'
}

/** What happens in a ticket beside its messages. */
export type LiveEvent = TypingSignal | PresenceChanged | TicketChanged

const actor = identified<Actor>()

/** Checks a `LiveEvent` that comes from another node. */
export const liveSchema: z.ZodType<LiveEvent> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('typing'),
    connectionId: z.string(),
    turn: z.string().optional(),
    typing: z.object({
      ticketId: z.string(),
      user: actor,
      isTyping: z.boolean(),
      visibility: z.enum(['PUBLIC', 'INTERNAL']),
      expiresAt: z.number(),
    }),
  }),
  z.object({
    type: z.literal('presence'),
    isWhole: z.boolean().default(false),
    version: z.number().default(0),
    presence: z.object({
      ticketId: z.string(),
      change: z.enum(['PRESENT', 'JOINED', 'LEFT']),
      user: actor.nullable(),
      viewers: z.array(actor),
      // A node of an earlier version leaves it out.
      isCapped: z.boolean().default(false),
    }),
  }),
  z.object({ type: z.literal('changed') }),
])
