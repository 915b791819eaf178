import { z } from 'zod'

// Each event of another node is checked once, on the way of every delivery. So schemas look at what followers go by, and take
// the content at its word: whoever may write to this Redis could also write a perfect event with false content.

/** A place in a stream: 0, 1, 2 … */
export const revision = z.int().nonnegative()

/** See `recentTerms`; nodes of earlier versions know none. */
export const terms = z.string()

/** Anything with an id: a notification, a message, an actor. */
export function identified<Content extends { readonly id: string }>(): z.ZodType<Content> {
  return z.custom<Content>(
    (value) => typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string',
  )
}
