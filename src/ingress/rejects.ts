import type { OnceAMinute } from '../lib/once-a-minute.ts'
import type { Names } from './envelope.ts'
import type { CommandRefusal } from './executor.ts'

/** A command that was rejected, as operators read of it. */
export interface Rejected extends CommandRefusal {
  /** Where it was sent. */
  readonly from: 'stream' | 'channel'
  /** What its sender knows it by. */
  readonly entry: string | undefined
  readonly type: Names['type']
}

/** GraphQL quotes what does not fit, and says again why; what a command says is not for the log. Where it stands is. */
function withoutValues(reason: string): string {
  const [, variable] = /^(Variable "\$\w+") got invalid value /.exec(reason) ?? []
  if (variable === undefined) return reason
  const [, place] = /.* at "([\w.[\]]+)"; /s.exec(reason) ?? []
  return `${variable} got an invalid value${place === undefined ? '' : ` at "${place}"`}.`
}

/** Warns of rejected commands, once per kind and minute. */
export function reportRejected(once: OnceAMinute, { from, entry, type, code, reason }: Rejected): void {
  const advice = 'See `herald dead`: it shows the whole command, and sends it again when the reason is gone.'
  const fields = { from, entry: entry ?? null, type: type ?? null, code, reason: withoutValues(reason), advice }
  once.warn({ rule: 'command', detail: `${type} ${code}`, fields, message: 'a command was rejected' })
}
