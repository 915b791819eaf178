import type { WebSocket } from 'ws'
import { KEPT_BYTES, type SkippedMessage, takeSkipped } from '../delivery/ws-internals.ts'

/** What is known of a WebSocket message that was over the size limit and was therefore skipped. */
export interface OversizedMessage {
  /** The id of the operation that the message wanted to begin. Undefined when no id is found at its beginning or end. */
  readonly id: string | undefined
  /** The largest size that was allowed, in bytes. */
  readonly limit: number
}

// Clients write the id as the first field of a message or as the last one, with at most `type` beside it.
const TEXT = String.raw`"((?:[^"\\]|\\.)*)"`
const FIRST = new RegExp(String.raw`^\s*\{\s*(?:"type"\s*:\s*${TEXT}\s*,\s*)?"id"\s*:\s*${TEXT}`)
const LAST = new RegExp(String.raw`,\s*"id"\s*:\s*${TEXT}\s*(?:,\s*"type"\s*:\s*${TEXT}\s*)?\}\s*$`)

function idIn(first: string, last: string): string | undefined {
  const [, , early] = FIRST.exec(first) ?? []
  const [, late] = LAST.exec(last) ?? []
  const text = early ?? late
  if (text === undefined) return undefined
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return undefined
  }
}

/** The operation id at the beginning or end of a message, found without reading all of it as JSON. Undefined when there is none. */
export function shownId(text: string): string | undefined {
  return idIn(text.slice(0, KEPT_BYTES), text.slice(-KEPT_BYTES))
}

function readSkipped({ first, last, limit }: SkippedMessage): OversizedMessage {
  return { id: idIn(String(first), String(last)), limit }
}

/**
 * What is known of the message that has just arrived on `socket`, if it was over the size limit and skipped. Undefined for any other
 * message.
 */
export function takeOversized(socket: WebSocket): OversizedMessage | undefined {
  const skipped = takeSkipped(socket)
  return skipped && readSkipped(skipped)
}
