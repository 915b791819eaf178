/** An event on its way from one node to the others. */
export interface Envelope {
  /** The node that sent it. */
  readonly node: string
  /** The database of that node. Left out by earlier versions. */
  readonly database?: string | undefined
  /** Left out when the event was too large to travel: listeners must look at the store. */
  readonly event?: unknown
}

/** Why a message is no envelope. */
export type Defect = 'too large' | 'not JSON' | 'not an envelope' | 'another version'

/** What was read instead of an envelope. */
export interface Malformed {
  readonly defect: Defect
}

/** The version of envelopes that this code writes, and the only one that it reads. */
const VERSION = 1
/** Messages with more bytes neither leave nor enter. */
export const MAX_ENVELOPE_BYTES = 1024 * 1024

/** The most bytes that a UTF-16 code unit takes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3

function isTooLarge(text: string): boolean {
  return text.length * MAX_BYTES_PER_UNIT > MAX_ENVELOPE_BYTES && Buffer.byteLength(text) > MAX_ENVELOPE_BYTES
}

/** An envelope as text. An event too large to travel is left out of it. */
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

/** Reads an envelope. Never throws, whatever comes. By hand: every event of another node comes through here. */
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
