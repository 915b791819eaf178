import type { OnceAMinute } from '../lib/once-a-minute.ts'
import type { Names } from './envelope.ts'
import type { CommandRefusal } from './executor.ts'

/** A rejected command, with the fields that are logged. */
export interface Rejected extends CommandRefusal {
  /** Whether the command was sent to the stream or on the channel. */
  readonly from: 'stream' | 'channel'
  /** The id by which its sender knows it: what XADD returned, or the `id` of the command. */
  readonly entry: string | undefined
  readonly type: Names['type']
}

/**
 * The reason without the values that GraphQL quotes in it, since the content of commands must not be logged. The path of the value stays.
 */
function withoutValues(reason: string): string {
  const [, variable] = /^(Variable "\$\w+") got invalid value /.exec(reason) ?? []
  if (variable === undefined) return reason
  const [, place] = /.* at "([\w.[\]]+)"; /s.exec(reason) ?? []
  return `${variable} got an invalid value${place === undefined ? '' : ` at "${place}"`}.`
}

/** Logs a rejected command, once per minute for each type and error code. */
export function reportRejected(once: OnceAMinute, { from, entry, type, code, reason }: Rejected): void {
  const advice = 'See `herald dead`: it shows the whole command, and sends it again when the reason is gone.'
  const fields = { from, entry: entry ?? null, type: type ?? null, code, reason: withoutValues(reason), advice }
  once.warn({ rule: 'command', detail: `${type} ${code}`, fields, message: 'a command was rejected' })
}
