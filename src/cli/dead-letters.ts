import { resolve } from 'node:path'
import type { Config } from '../config.ts'
import { createDeadEvents, type DeadEvent } from '../handoff/dead-events.ts'
import { createDeadLetters, type KeptLetter } from '../ingress/redis-dead-letters.ts'
import { systemClock } from '../lib/clock.ts'
import { openRedis } from '../redis/redis-start.ts'
import { openPostgresStorage } from '../storage/postgres-storage.ts'
import { openSqliteStorage } from '../storage/sqlite-storage.ts'
import { CommandError } from './command.ts'

/** A dead letter, for the command line. */
export interface Letter {
  readonly id: string
  /** The lines that show it, in which control characters may be. */
  readonly lines: readonly string[]
  /** All that is known of it, as JSON. */
  readonly json: object
  /** Why it cannot be sent again. Undefined: it can. */
  readonly obstacle: string | undefined
  replay(): Promise<void>
  /** Deletes it. Resolves to whether it was there. */
  remove(): Promise<boolean>
}

/** A list of dead letters, the oldest first. */
export interface Letters {
  /** What one of them is, in a sentence. */
  readonly noun: 'command' | 'event'
  /** What is said when there is none. */
  readonly none: string
  /** How an id looks, with an example. */
  readonly idForm: { readonly pattern: RegExp; readonly example: string }
  /** All letters that are there at the first step. Later ones are left out. */
  all(): AsyncGenerator<Letter>
  /** The letters with this id; none: there is none. */
  find(id: string): Promise<readonly Letter[]>
  count(): Promise<number>
  close(): Promise<void> | void
}

const PAGE = 100

/** Opens the commands from Redis that were rejected. Throws a CommandError without a configured Redis. */
export async function openDeadCommands({ redis, limits }: Config): Promise<Letters> {
  if (!redis) {
    throw new CommandError(
      'REDIS_URL is not set. Without Redis there are no commands from it. For events to your backend: herald dead --events',
    )
  }
  const { client } = await openRedis(redis, 'herald-dead')
  const options = { ...redis, client, clock: systemClock, max: limits.deadCommands, maxBytes: limits.requestBytes }
  const letters = createDeadLetters(options)
  const toLetter = (kept: KeptLetter): Letter => {
    const { id, at, from, entry, code, reason, command, isCut } = kept
    const time = new Date(at).toISOString()
    return {
      id,
      lines: [
        `${id}  ${time}  ${from}${entry ? ` ${entry}` : ''}  ${code}`,
        reason,
        `${command}${isCut ? ' (only its beginning is kept)' : ''}`,
      ],
      json: { ...kept, at: time },
      obstacle: isCut ? `${id} was too large and is not kept whole, so it cannot be sent again.` : undefined,
      replay: () => letters.replay(kept),
      remove: () => letters.remove(id),
    }
  }
  return {
    noun: 'command',
    none: 'No command was rejected.',
    idForm: { pattern: /^\d+-\d+$/, example: '1795506071017-0' },
    all: async function* () {
      const last = await letters.last()
      for (let after: string | undefined; last !== undefined; ) {
        const page = await letters.list(after, PAGE)
        for (const kept of page) {
          yield toLetter(kept)
          if (kept.id === last) return
        }
        after = page.at(-1)?.id
        if (after === undefined) return
      }
    },
    find: async (id) => {
      const kept = await letters.find(id)
      return kept ? [toLetter(kept)] : []
    },
    count: letters.count,
    close: () => client.disconnect(),
  }
}

/** Opens the events for the backend that could not be sent. They are in the database. */
export async function openUnsentEvents({ postgres, databaseFile }: Config): Promise<Letters> {
  const storage = await (postgres ? openPostgresStorage(postgres) : openSqliteStorage({ file: resolve(databaseFile) }))
  const events = createDeadEvents(storage)
  const toLetter = (event: DeadEvent): Letter => {
    const { id, exit, type, subject, body, created_at, dead_at, attempts, error } = event
    const [createdAt, deadAt] = [created_at, dead_at ?? created_at].map((time) => new Date(time).toISOString())
    return {
      id,
      lines: [`${id}  ${deadAt}  ${exit}  ${type}`, error ?? 'It was never tried.', body],
      json: { id, exit, type, subject, createdAt, deadAt, attempts, error, event: JSON.parse(body) },
      obstacle: undefined,
      replay: () => events.replay(event, Date.now()),
      remove: () => events.remove(event),
    }
  }
  return {
    noun: 'event',
    none: 'All events were sent, or will be.',
    idForm: { pattern: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, example: '019ace6a-92c0-7f0c-9a3e-0d6c2f6f1a52' },
    all: async function* () {
      let left = await events.count()
      let page = await events.list(undefined, PAGE)
      while (page.length > 0) {
        for (const event of page) {
          if (left-- === 0) return
          yield toLetter(event)
        }
        page = await events.list(page.at(-1), PAGE)
      }
    },
    find: async (id) => (await events.find(id)).map(toLetter),
    count: events.count,
    close: storage.close,
  }
}
