import type { WebSocket } from 'ws'
import { KEPT_BYTES, type SkippedMessage, takeSkipped } from '../delivery/ws-internals.ts'

/** A message that was over the limit: what is left of it. */
export interface OversizedMessage {
  /** The id of the operation that it wanted to begin; undefined when it shows none. */
  readonly id: string | undefined
  /** How large it might have been, in bytes. */
  readonly limit: number
}

// Clients write the id before everything else, or behind everything else.
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

/** The id that a message shows to whoever does not read all of it; undefined when it shows none. */
export function shownId(text: string): string | undefined {
  return idIn(text.slice(0, KEPT_BYTES), text.slice(-KEPT_BYTES))
}

function readSkipped({ first, last, limit }: SkippedMessage): OversizedMessage {
  return { id: idIn(String(first), String(last)), limit }
}

/** What is known of the message that has just arrived, if it was over the limit of a socket that survives that. */
export function takeOversized(socket: WebSocket): OversizedMessage | undefined {
  const skipped = takeSkipped(socket)
  return skipped && readSkipped(skipped)
}
