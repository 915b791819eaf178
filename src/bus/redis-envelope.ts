import { z } from 'zod'

/** What one node tells the others, as it travels. */
export interface Envelope {
  /** The node that sent it. */
  readonly node: string
  /** Left out when the event was too large to travel: whoever listens must look at the store. */
  readonly event?: unknown
}

/** Why a message is no envelope. */
export type Defect = 'too large' | 'not JSON' | 'not an envelope' | 'another version'

/** The version of envelopes that this code writes, and the only one that it reads. */
const VERSION = 1
/** Messages with more bytes neither leave nor enter. */
export const MAX_ENVELOPE_BYTES = 1024 * 1024

const versioned = z.object({ v: z.number() })
const event = z.custom((value) => typeof value === 'object')
const envelope = z.object({ v: z.literal(VERSION), node: z.string(), event: event.optional() })

/** An envelope as text. An event too large to travel is left out of it. */
export const encodeEnvelope = ({ node, event }: Envelope): string => {
  const text = JSON.stringify({ v: VERSION, node, event })
  return Buffer.byteLength(text) > MAX_ENVELOPE_BYTES ? JSON.stringify({ v: VERSION, node }) : text
}

const parse = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

/** Reads an envelope. Never throws, whatever comes. */
export const decodeEnvelope = (bytes: Uint8Array): Envelope | Defect => {
  if (bytes.byteLength > MAX_ENVELOPE_BYTES) return 'too large'
  const value = parse(bytes)
  if (value === undefined) return 'not JSON'
  const { success, data } = envelope.safeParse(value)
  if (success) return data
  return versioned.safeParse(value).data?.v === VERSION || !versioned.safeParse(value).success
    ? 'not an envelope'
    : 'another version'
}
