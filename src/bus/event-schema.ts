import { z } from 'zod'

// Each event of another node is checked once, and that delays its delivery. So schemas check only the fields that decide what is delivered.
// They trust the content: an attacker who can write to this Redis could also write a valid event with false content.

/** Checks a revision of a stream: 0, 1, 2 … */
export const revision = z.int().nonnegative()

/** Checks the recent terms of a stream, which are one text (see `recentTerms`). Nodes of earlier versions send none. */
export const terms = z.string()

/** Checks an object only for a text `id`: a notification, a message, an actor. Its other fields are trusted. */
export function identified<Content extends { readonly id: string }>(): z.ZodType<Content> {
  return z.custom<Content>(
    (value) => typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string',
  )
}
