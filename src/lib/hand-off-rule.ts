import { parseDuration } from './duration.ts'
import { badInput } from './errors.ts'

/** What makes a hand-off superfluous when it has happened by then. What was read was seen, too, and what was seen was delivered. */
const HAND_OFF_UNLESS = ['DELIVERED', 'SEEN', 'READ', 'ONLINE'] as const

/** `DELIVERED`, `SEEN`, `READ` or `ONLINE`: one of what makes a hand-off superfluous. */
export type HandOffUnless = (typeof HAND_OFF_UNLESS)[number]

/** When something is handed off to the backend: so long after it was stored, unless one of these has happened by then. */
export interface HandOffRule {
  readonly afterMs: number
  /** At least one. */
  readonly unless: readonly HandOffUnless[]
}

/** A hand-off rule as a backend gives it. Left out: 300 seconds, and `SEEN`. */
export interface HandOffInput {
  readonly afterSeconds?: number | undefined
  readonly unless?: readonly HandOffUnless[] | undefined
}

/** The longest wait, in seconds: 30 days. */
export const MAX_AFTER_SECONDS = 2_592_000

/**
 * Checks a rule for something that is stored now and expires at `expiresAt`, null for never. Throws BAD_USER_INPUT when a value is not
 * allowed, or when the rule could never lead to anything. `name` is that of the argument.
 */
export function requireHandOff(
  name: string,
  { afterSeconds = 300, unless = ['SEEN'] }: HandOffInput,
  { now, expiresAt }: { readonly now: number; readonly expiresAt: number | null },
): HandOffRule {
  if (!Number.isInteger(afterSeconds) || afterSeconds < 0 || afterSeconds > MAX_AFTER_SECONDS) {
    throw badInput(`${name}.afterSeconds must be from 0 to ${MAX_AFTER_SECONDS}.`)
  }
  if (unless.length === 0) throw badInput(`${name}.unless must name at least one.`)
  const rule = { afterMs: afterSeconds * 1_000, unless: [...new Set(unless)] }
  if (!canHappen(rule, { now, expiresAt })) {
    throw badInput(`${name} can never happen: the notification expires before ${afterSeconds} seconds are over.`)
  }
  return rule
}

/** Whether something that is stored now is still there when the rule is due. */
export function canHappen(
  { afterMs }: HandOffRule,
  { now, expiresAt }: { readonly now: number; readonly expiresAt: number | null },
): boolean {
  return expiresAt === null || now + afterMs < expiresAt
}

function isUnless(text: string): text is HandOffUnless {
  return (HAND_OFF_UNLESS as readonly string[]).includes(text)
}

const FORM = 'must have the form name=time:UNLESS, separated by commas, as in billing=5m:SEEN,security=0:READ+ONLINE'

/**
 * Reads rules by name from a text such as `billing=5m:SEEN,security=0:READ+ONLINE`. A time is a number of seconds or a duration. Throws an
 * Error that says what is wrong, as the end of a sentence that begins with the configuration key.
 */
export function handOffRulesIn(text: string): ReadonlyMap<string, HandOffRule> {
  const rules = new Map<string, HandOffRule>()
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [, name = '', time = '', names = ''] = /^([^=\s]+)=(\w+):([\w+]+)$/.exec(entry) ?? []
    if (name === '') throw new Error(FORM)
    const seconds = /^\d+$/.test(time) ? Number(time) : parseDuration(time)
    if (seconds === undefined || seconds > MAX_AFTER_SECONDS) {
      throw new Error(`must have times such as 0, 300, 5m or 1d, at most 30d; it has ${time}`)
    }
    const unless = names.toUpperCase().split('+')
    if (!unless.every(isUnless))
      throw new Error(`must have ${HAND_OFF_UNLESS.join(', ')} behind the time; it has ${names}`)
    if (rules.has(name)) throw new Error(`must name ${name} only once`)
    rules.set(name, { afterMs: seconds * 1_000, unless: [...new Set(unless)] })
  }
  return rules
}

const TICKET_ROLES: readonly string[] = ['customer', 'agent']

/**
 * Reads the rules for unread messages of tickets by role, as `handOffRulesIn` does. The roles are `customer` and `agent`, and messages are
 * read or not, without anything in between.
 */
export function ticketRulesIn(text: string): ReadonlyMap<string, HandOffRule> {
  const rules = handOffRulesIn(text)
  for (const [role, { unless }] of rules) {
    if (!TICKET_ROLES.includes(role)) throw new Error(`must name ${TICKET_ROLES.join(' or ')}; it has ${role}`)
    if (!unless.includes('READ') || unless.includes('SEEN') || unless.includes('DELIVERED')) {
      throw new Error('must have READ or READ+ONLINE behind each time, because messages are read or not')
    }
  }
  return rules
}
