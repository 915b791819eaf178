import type { Clock } from '../lib/clock.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import type { CommandRefusal } from './executor.ts'

/** A command that was rejected, and the reason. */
export interface DeadLetter extends CommandRefusal {
  /** Whether the command was sent to the stream or on the channel. */
  readonly from: 'stream' | 'channel'
  /** The id by which its sender knows it: what XADD returned, or the `id` of a command on the channel. Undefined when that had none. */
  readonly entry: string | undefined
  /** The bytes of the command as they were received. */
  readonly command: Uint8Array
}

/** A dead letter as it is stored. */
export interface KeptLetter extends Omit<DeadLetter, 'command' | 'code'> {
  readonly id: string
  /** When it was stored, in milliseconds since 1970. */
  readonly at: number
  readonly code: string
  readonly command: string
  /** Whether the command was too large to be stored: then `command` is only its beginning. */
  readonly isCut: boolean
}

/** Rejected commands, stored for operators in a Redis stream. Beyond the maximum, the oldest are deleted. */
export interface DeadLetters {
  /** Stores a rejected command. */
  add(letter: DeadLetter): Promise<void>
  /** The oldest letters after an id, or of all, at most `count`. */
  list(after: string | undefined, count: number): Promise<readonly KeptLetter[]>
  /** The id of the newest letter; undefined when there is none. */
  last(): Promise<string | undefined>
  /** How many letters there are. */
  count(): Promise<number>
  /** The letter with this id; undefined when there is none. */
  find(id: string): Promise<KeptLetter | undefined>
  /** Sends the command of a letter to the stream again, and then deletes the letter. */
  replay(letter: KeptLetter): Promise<void>
  /** Deletes a letter. Resolves to whether it was there. */
  remove(id: string): Promise<boolean>
}

export interface DeadLettersOptions {
  readonly client: RedisCommands
  readonly prefix: string
  readonly clock: Clock
  /** The most letters that are kept. */
  readonly max: number
  /** Of a command with more bytes, only the beginning is kept. */
  readonly maxBytes: number
}

/** How many bytes are kept of a command that is too large. */
const BEGINNING_BYTES = 4_096
/** The most characters that are kept of a reason, which can quote long input. */
const MAX_REASON = 1_000

function toLetter([id, fields]: readonly [string, readonly string[]]): KeptLetter {
  const field = (name: string): string => fields.find((_, index) => index % 2 === 1 && fields[index - 1] === name) ?? ''
  return {
    id,
    at: Date.parse(field('at')),
    from: field('from') === 'channel' ? 'channel' : 'stream',
    entry: field('entry') || undefined,
    code: field('code'),
    reason: field('reason'),
    command: field('command'),
    isCut: field('cut') === '1',
  }
}

/** The dead letters in the Redis stream `<prefix>commands:dead`. */
export function createDeadLetters({ client, prefix, clock, max, maxBytes }: DeadLettersOptions): DeadLetters {
  const stream = `${prefix}commands:dead`

  const remove = async (id: string): Promise<boolean> => (await client.xdel(stream, id)) === 1

  return {
    add: async ({ from, code, reason, entry = '', command }) => {
      const isCut = command.byteLength > maxBytes
      const kept = Buffer.from(isCut ? command.subarray(0, BEGINNING_BYTES) : command)
      const at = new Date(clock.now()).toISOString()
      const why = ['at', at, 'from', from, 'entry', entry, 'code', code, 'reason', reason.slice(0, MAX_REASON)]
      await client.xadd(stream, 'MAXLEN', max, '*', ...why, 'cut', isCut ? 1 : 0, 'command', kept)
    },
    list: async (after, count) =>
      (await client.xrange(stream, after === undefined ? '-' : `(${after}`, '+', 'COUNT', count)).map(toLetter),
    last: async () => (await client.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0],
    count: () => client.xlen(stream),
    find: async (id) => (await client.xrange(stream, id, id)).map(toLetter)[0],
    replay: async ({ id, command }) => {
      await client.xadd(`${prefix}commands`, '*', 'command', command)
      await remove(id)
    },
    remove,
  }
}
