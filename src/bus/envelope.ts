/** An event as it is sent from one node to the others, such as `{ v: 1, node, database, event }`. */
export interface Envelope {
  /** The id of the node that sent it. */
  readonly node: string
  /** The id of the database of that node. Left out by earlier versions of Herald. */
  readonly database?: string | undefined
  /** The event. Left out when it was too large to send: then listeners must read the store. */
  readonly event?: unknown
}

/** Why a message is no envelope. */
export type Defect = 'too large' | 'not JSON' | 'not an envelope' | 'another version'

/** The result of reading a message that is no envelope. */
export interface Malformed {
  readonly defect: Defect
}

/** The version of envelopes that this code writes, and the only one that it reads. */
const VERSION = 1
/** The most bytes of a message. A larger one is sent without its event, and refused when received. */
export const MAX_ENVELOPE_BYTES = 1024 * 1024

/** The most bytes that a UTF-16 code unit takes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3

function isTooLarge(text: string): boolean {
  return text.length * MAX_BYTES_PER_UNIT > MAX_ENVELOPE_BYTES && Buffer.byteLength(text) > MAX_ENVELOPE_BYTES
}

/** Writes an envelope as JSON text. Without the event when the text would be larger than `MAX_ENVELOPE_BYTES`. */
export function encodeEnvelope({ node, database, event }: Envelope): string {
  const text = JSON.stringify({ v: VERSION, node, database, event })
  return isTooLarge(text) ? JSON.stringify({ v: VERSION, node, database }) : text
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Reads an envelope from a text of any content; never throws. It checks by hand, not with zod: every event of another node comes through
 * here.
 */
export function decodeEnvelope(text: string): Envelope | Malformed {
  if (isTooLarge(text)) return { defect: 'too large' }
  const value = parse(text)
  if (value === undefined) return { defect: 'not JSON' }
  const { v, node, database, event } =
    typeof value === 'object' && value !== null ? (value as Partial<Record<'v' | keyof Envelope, unknown>>) : {}
  if (typeof v === 'number' && v !== VERSION) return { defect: 'another version' }
  const isEnvelope = v === VERSION && typeof node === 'string' && (event === undefined || typeof event === 'object')
  if (!isEnvelope || (database !== undefined && typeof database !== 'string')) return { defect: 'not an envelope' }
  return { node, database, event }
}
