import type { Clock } from '../lib/clock.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import type { CommandRefusal } from './executor.ts'

/** A command that was not executed, and why. */
export interface DeadLetter extends CommandRefusal {
  /** Where it was sent. */
  readonly from: 'stream' | 'channel'
  /** What its sender knows it by: the id that XADD returned, or the `id` of a command on the channel; undefined when it had none. */
  readonly entry: string | undefined
  /** As it came. */
  readonly command: Uint8Array
}

/** A dead letter that is kept. */
export interface KeptLetter extends Omit<DeadLetter, 'command' | 'code'> {
  readonly id: string
  /** When it was put there, in milliseconds since 1970. */
  readonly at: number
  readonly code: string
  readonly command: string
  /** Too large to be kept whole: `command` is its beginning. */
  readonly isCut: boolean
}

/** What was rejected, for people to look at: a stream that forgets the oldest. */
export interface DeadLetters {
  add(letter: DeadLetter): Promise<void>
  /** The oldest after an id, at most `count`. */
  list(after: string | undefined, count: number): Promise<readonly KeptLetter[]>
  /** The id of the newest; undefined when there is none. */
  last(): Promise<string | undefined>
  count(): Promise<number>
  find(id: string): Promise<KeptLetter | undefined>
  /** Sends one again by the stream, and takes it out. */
  replay(letter: KeptLetter): Promise<void>
  /** Takes one out; resolves to whether it was there. */
  remove(id: string): Promise<boolean>
}

export interface DeadLettersOptions {
  readonly client: RedisCommands
  readonly prefix: string
  readonly clock: Clock
  /** How many are kept. */
  readonly max: number
  /** Of a command with more bytes only the beginning is kept. */
  readonly maxBytes: number
}

/** What is kept of a command that is too large. */
const BEGINNING_BYTES = 4_096
/** Reasons quote what was wrong, which can be long. */
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

/** Makes the dead letters at `<prefix>commands:dead`. */
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
