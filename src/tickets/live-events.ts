import { z } from 'zod'
import type { Actor } from '../auth/viewer.ts'
import { identified } from '../bus/event-schema.ts'
import type { Visibility } from './audience.ts'

/** Somebody else is typing, or has stopped. */
export interface Typing {
  readonly ticketId: string
  readonly user: Actor
  readonly isTyping: boolean
  readonly visibility: Visibility
  /** When to take the indicator away even if nothing more comes. */
  readonly expiresAt: number
}

/** What one device of somebody says; the listener knows whether it is their first or last one. */
export interface TypingSignal {
  readonly type: 'typing'
  /** Names the device: the socket, or what is in its place. */
  readonly connectionId: string
  /** Names what begins; of an end, what alone ends by it: everything that the device types when left out. */
  readonly turn?: string | undefined
  readonly typing: Typing
}

/** Who is looking at a ticket, as one audience may know it. */
export interface TicketPresence {
  readonly ticketId: string
  readonly change: 'PRESENT' | 'JOINED' | 'LEFT'
  /** Who joined or left. */
  readonly user: Actor | null
  /** Everybody who is here after the change. */
  readonly viewers: readonly Actor[]
  /** More are here than are named. */
  readonly isCapped: boolean
}

export interface PresenceChanged {
  readonly type: 'presence'
  /** False of a node of the version before, which does not know who is here on nodes of this one: not to be shown. */
  readonly isWhole: boolean
  /** Of two the larger is newer: what several nodes tell can arrive in another order. */
  readonly version: number
  readonly presence: TicketPresence
}

/** Subject, status, assignee or participants changed: look at the store. */
export interface TicketChanged {
  readonly type: 'changed'
}

/** What happens in a ticket beside its messages. */
export type LiveEvent = TypingSignal | PresenceChanged | TicketChanged

const actor = identified<Actor>()

/** A `LiveEvent` that comes from another node. */
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
      // A node of an earlier version does not say it.
      isCapped: z.boolean().default(false),
    }),
  }),
  z.object({ type: z.literal('changed') }),
])
