import { badInput } from '../lib/errors.ts'
import { canHappen, type HandOffRule, requireHandOff } from '../lib/hand-off-rule.ts'
import type { Tx } from '../storage/storage.ts'
import type { Content, NotificationInput } from './content.ts'
import type { ScheduleHandOff } from './notify-batch.ts'

/** What `notify` needs to hand off to the backend what nobody sees. */
export interface InboxHandOff {
  /** The rule of a category for notifications that bring none. Undefined: they are not handed off. */
  ruleFor(category: string): HandOffRule | undefined
  schedule: ScheduleHandOff
  /** Lets entries that wait for the end of quiet hours be looked at now. Runs in the transaction that made them urgent, behind that. */
  lookAgain(tx: Tx, entries: readonly { readonly userId: string; readonly item: string }[]): Promise<void>
}

type Given = NotificationInput['handOff']

/** The rule by which a notification is handed off; undefined: never. Throws BAD_USER_INPUT when a rule is given that can never happen. */
export function resolveHandOff(
  given: Given,
  { category, created_at: now, expires_at: expiresAt }: Content,
  handOff: InboxHandOff | undefined,
): HandOffRule | undefined {
  if (given === null) return undefined
  if (given !== undefined) {
    if (handOff) return requireHandOff('handOff', given, { now, expiresAt })
    throw badInput('handOff can never happen: Herald has no way to the backend. Set HANDOFF_URL or REDIS_URL.')
  }
  const rule = handOff?.ruleFor(category)
  return rule && canHappen(rule, { now, expiresAt }) ? rule : undefined
}

/** Throws BAD_USER_INPUT when a notification for which there is no hand-off brings a rule. */
export function refuseHandOff({ handOff }: NotificationInput): void {
  if (handOff == null) return
  throw badInput(
    'handOff is for notifications to named users: an announcement gets into an inbox only when its user comes.',
  )
}

/** The rule as an idempotency key compares it. A command without one has the meaning that it had before there were rules. */
export function meaningOfHandOff(given: Given): { readonly handOff?: unknown } {
  if (given === undefined) return {}
  if (given === null) return { handOff: 'never' }
  const { afterSeconds = 300, unless = ['SEEN'] } = given
  return { handOff: { afterSeconds, unless: [...new Set(unless)].sort() } }
}
