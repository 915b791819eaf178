import { z } from 'zod'
import { mistakeInWebhookUrl } from './handoff/webhook-address.ts'
import { parseRedisUrl } from './lib/address.ts'
import { parseTrustedProxies } from './lib/client-address.ts'
import { isNearMiss } from './lib/near-miss.ts'
import { mistakeInOrigin } from './lib/origin.ts'

// The values of configuration keys that take more than a line to read. What is wrong is the end of a sentence that begins with the key.

/** Parses an address of Redis. */
export const redisUrl = z.string().transform((url, context) => {
  const address = parseRedisUrl(url)
  if (!('mistake' in address)) return address
  context.addIssue(address.mistake)
  return z.NEVER
})

/** Parses a number of proxies, or a list of them. */
export const trustedProxies = z.string().transform((text, context) => {
  const proxies = parseTrustedProxies(text)
  if (typeof proxies === 'number' || !('mistake' in proxies)) return proxies
  context.addIssue(proxies.mistake)
  return z.NEVER
})

/** Parses a list of origins, separated by commas. */
export const origins = z
  .string()
  .transform((list) => list.split(',').map((entry) => entry.trim()))
  .superRefine((list, context) => {
    const mistake = list.map(mistakeInOrigin).find((found) => found !== undefined)
    if (mistake !== undefined) context.addIssue(mistake)
  })

/** Reads a text by a function that throws an Error, whose message is the end of a sentence about the key. */
export function readBy<Value>(read: (text: string) => Value) {
  return z.string().transform((text, context) => {
    try {
      return read(text)
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error))
      return z.NEVER
    }
  })
}

/** Checks the address of a webhook. */
export const webhookUrl = z.string().superRefine((text, context) => {
  const mistake = mistakeInWebhookUrl(text)
  if (mistake !== undefined) context.addIssue(mistake)
})

const PRODUCTION = 'production'

/** Parses NODE_ENV. It refuses texts that are probably meant as `production`, which would mean development without a word. */
export const nodeEnv = z.string().refine(
  (value) => {
    const plain = value.toLowerCase().replace(/[^a-z]/g, '')
    return value === PRODUCTION || !(plain === PRODUCTION || plain === 'prod' || isNearMiss(plain, PRODUCTION))
  },
  { error: ({ input }) => `must be written ${PRODUCTION}; it is "${input}"` },
)
