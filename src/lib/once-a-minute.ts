import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

/** A warning for operators about something that can happen any number of times. */
export interface Occurrence {
  /** The rule or mechanism that warns; one of a closed set. */
  readonly rule: string
  /** Distinguishes occurrences of one rule, such as by their origin. The first ten details in a minute are logged separately. */
  readonly detail: string
  /** Fields for the log: never tokens, never bodies. */
  readonly fields: object
  /** The message for the log: a constant sentence. */
  readonly message: string
}

/** Logs a warning once per rule and detail. A minute later it logs how many more there were, if any. */
export interface OnceAMinute {
  warn(occurrence: Occurrence): void
}

const MINUTE_MS = 60_000
const MAX_DETAILS = 10

interface Kind {
  last: Occurrence
  more: number
}

/** Limits warnings to one per rule, detail and minute. Its memory is bounded by the number of rules, however much happens. */
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
      // Clients can invent details without end: from the eleventh on they are counted together.
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
