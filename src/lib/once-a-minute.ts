import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

/** Something that can happen any number of times, and is to be read about once. */
export interface Occurrence {
  /** Which rule or mechanism speaks; one of a closed set. */
  readonly rule: string
  /** What tells it from others of the rule, such as an origin: the first ten in a minute are told apart. */
  readonly detail: string
  /** For the log: never tokens, never bodies. */
  readonly fields: object
  /** A constant sentence. */
  readonly message: string
}

/** Warns once per kind and minute; a minute later it says how many more there were. */
export interface OnceAMinute {
  warn(occurrence: Occurrence): void
}

const MINUTE_MS = 60_000
const MAX_DETAILS = 10

interface Kind {
  last: Occurrence
  more: number
}

/** Knows nothing yet. What it remembers is bounded by the number of rules, however much happens. */
export function createOnceAMinute(clock: Clock, log: Log): OnceAMinute {
  const rules = new Map<string, Map<string, Kind>>()

  const wait = (kinds: Map<string, Kind>, detail: string, kind: Kind): void => {
    clock.after(MINUTE_MS, () => {
      if (kind.more === 0) return void kinds.delete(detail)
      log.warn({ ...kind.last.fields, more: kind.more }, kind.last.message)
      kind.more = 0
      wait(kinds, detail, kind)
    })
  }

  return {
    warn: (occurrence) => {
      const { rule, fields, message } = occurrence
      const kinds = rules.get(rule) ?? new Map<string, Kind>()
      rules.set(rule, kinds)
      // Anybody can make up details; those that find no room are counted together.
      const detail = kinds.has(occurrence.detail) || kinds.size < MAX_DETAILS ? occurrence.detail : ''
      const known = kinds.get(detail)
      if (known) {
        known.more += 1
        known.last = occurrence
        return
      }
      const kind: Kind = { last: occurrence, more: 0 }
      kinds.set(detail, kind)
      log.warn(fields, message)
      wait(kinds, detail, kind)
    },
  }
}
