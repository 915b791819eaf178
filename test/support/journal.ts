import { sql } from 'kysely'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Bus, createBus, topic } from '../../src/bus/bus.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { cursorExpired, resumeCursor, revisionOf } from '../../src/delivery/cursor.ts'
import type { Entry, LogDescription } from '../../src/delivery/description.ts'
import { AppError } from '../../src/lib/errors.ts'
import { openTerm } from '../../src/storage/incarnation.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { goesOnFrom, lastTerm, recentTerms, type StreamPlace } from '../../src/storage/stream-terms.ts'
import { advanceStream, openStream, readStream, type StreamState } from '../../src/storage/streams.ts'
import { openEmbedded } from './embedded.ts'
import type { Reader } from './reader.ts'
import { withBus } from './with-bus.ts'

/** A line of the journal. */
export interface Line {
  readonly text: string
}

interface JournalEvent {
  readonly previous: number
  readonly revision: number
  readonly lines: readonly Entry<Line>[]
  readonly terms: string
}

export interface Journal {
  readonly storage: Storage
  readonly bus: Bus
  /** The database goes back to before its last line, and is opened again. */
  lose(text: string): Promise<void>
  /** Stores lines in one transaction, each at a revision of its own, and tells of them. */
  append(...texts: readonly string[]): Promise<void>
  /** Stores a line of which nobody is told, unless what it returns is called. */
  appendSilently(text: string): Promise<() => void>
  /** Stores lines in one transaction that carry one revision. */
  appendTogether(...texts: readonly string[]): Promise<void>
  /** The lines after a cursor; from now on without one. */
  follow(after?: string, own?: Partial<LogDescription<JournalEvent, Line>>): Promise<LogDescription<JournalEvent, Line>>
  cursorAt(revision: number): Promise<string>
  /** The bus may have lost events. */
  gap(): void
  /** Lines up to here are deleted for good. */
  prune(upTo: number): Promise<void>
  /** The next reads of the store, so many of them, find it away. */
  goAway(reads: number): void
  /** How often the store was read. */
  reads(): number
  /** The next read of the store waits until `release` is called. */
  holdNextRead(): { readonly begun: Promise<void>; release(): void }
  /** Whether the bus still listens, once it has stopped lingering. */
  isListening(): boolean
}

const STREAM = 'journal'
const LINGER_MS = 5_000
const LINES_PER_PAGE = 10
const lines = z.array(z.object({ revision: z.int(), item: z.object({ text: z.string() }) }))
const journalTopic = topic<JournalEvent>(
  STREAM,
  z.object({ previous: z.int(), revision: z.int(), lines, terms: z.string() }),
)

/** Numbered texts, the first to the last. */
export function texts(first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index).padStart(4, '0'))
}

/** The texts of the next lines. */
export async function takeTexts(reader: Reader<Line>, count: number): Promise<readonly string[]> {
  return (await reader.take(count)).map(({ text }) => text)
}

/** In which order three lines can be told that were stored one after the other. */
export const TELLING_ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const

/** Stores three lines, and then tells of them in some order; `onTold` says after each how many of them must be known then. */
export async function appendInOrder(
  { appendSilently }: Journal,
  lines: readonly string[],
  order: readonly number[],
  onTold?: (known: number) => Promise<unknown>,
): Promise<void> {
  const tells: (() => void)[] = []
  for (const text of lines) tells.push(await appendSilently(text))
  for (const [index, which] of order.entries()) {
    tells[which]?.()
    await onTold?.(1 + Math.max(...order.slice(0, index + 1)))
  }
}

/** The smallest feature that can be followed, on a real database and a bus whose losses the test commands. */
export async function openJournal(): Promise<Journal> {
  const { storage, clock, log } = await openEmbedded()
  const listening = new Set<string>()
  let gap = (): void => {}
  let reads = 0
  let awayFor = 0
  let hold: { readonly begun: () => void; readonly released: Promise<void> } | undefined
  const bus = createBus({
    clock,
    log,
    lingerMs: LINGER_MS,
    openLink: (receiver) => {
      gap = receiver.gap
      const link = openLocalLink(receiver)
      return {
        ...link,
        listen: async (name) => {
          listening.add(name)
          await link.listen(name)
        },
        unlisten: (name) => {
          listening.delete(name)
          link.unlisten(name)
        },
      }
    },
  })
  onTestFinished(() => bus.close())
  await storage.write((tx) => openStream(tx, STREAM))

  const store = (texts: readonly string[], facts: number): Promise<JournalEvent> =>
    storage.write(async (tx) => {
      const { revision, entries, terms } = await advanceStream(tx, STREAM, { facts, entries: texts.length })
      const previous = revision - facts
      const lines = texts.map((text, index) => ({ revision: Math.min(previous + index + 1, revision), item: { text } }))
      for (const [index, line] of lines.entries()) {
        const arrived_revision = entries - texts.length + index + 1
        const row = {
          user_id: STREAM,
          notification_id: line.item.text,
          arrived_revision,
          revision: line.revision,
          category: '',
        }
        await tx.insertInto('inbox').values(row).execute()
      }
      return { previous, revision, lines, terms: recentTerms(terms) }
    })

  const readPage = (place: StreamPlace) =>
    storage.read(async (tx) => {
      const stream = (await readStream(tx, STREAM)) as StreamState
      if (!goesOnFrom(stream, place)) throw cursorExpired()
      const rows = await tx
        .selectFrom('inbox')
        .select(['notification_id', 'revision'])
        .where('revision', '>', place.revision)
        .orderBy('arrived_revision')
        .execute()
      const end = rows[LINES_PER_PAGE]?.revision ?? stream.revision + 1
      const lines = rows.filter(({ revision }) => revision < end)
      const entries = lines.map(({ notification_id: text, revision }) => ({ revision, item: { text } }))
      return { entries, revision: end - 1, hasMore: end <= stream.revision, term: lastTerm(stream.terms) }
    })

  const describe = (stream: StreamState, from: number): LogDescription<JournalEvent, Line> => ({
    kind: 'log',
    source: STREAM,
    scope: 'everyone',
    from,
    head: stream.revision,
    epoch: stream.epoch,
    terms: stream.terms,
    topic: journalTopic,
    read: async (after, term) => {
      reads++
      if (awayFor-- > 0) throw new AppError('SERVICE_UNAVAILABLE', 'The journal is away.')
      const held = hold
      hold = undefined
      const page = await readPage({ epoch: stream.epoch, term, revision: after })
      held?.begun()
      await held?.released
      return page
    },
    readReset: () =>
      storage.read(async (tx) => {
        const { revision, terms } = (await readStream(tx, STREAM)) as StreamState
        const row = await tx
          .selectFrom('inbox')
          .select('notification_id')
          .orderBy('arrived_revision', 'desc')
          .limit(1)
          .executeTakeFirst()
        const entries = row ? [{ revision, item: { text: row.notification_id } }] : []
        return { entries, revision, hasMore: false, term: lastTerm(terms) }
      }),
    take: ({ previous, revision, lines, terms }) => ({ previous, revision, entries: lines, terms }),
  })

  return {
    storage,
    bus,
    lose: async (text) => {
      await storage.write(async (tx) => {
        await tx.deleteFrom('inbox').where('notification_id', '=', text).execute()
        await tx.updateTable('streams').set({ revision: sql`revision - 1`, entries: sql`entries - 1` }).execute()
        await openTerm(tx)
      })
    },
    append: async (...texts) => bus.publish(journalTopic, await store(texts, texts.length)),
    appendTogether: async (...texts) => bus.publish(journalTopic, await store(texts, 1)),
    appendSilently: async (text) => {
      const event = await store([text], 1)
      return () => bus.publish(journalTopic, event)
    },
    follow: async (after, own) => {
      const stream = await storage.read((tx) => readStream(tx, STREAM))
      if (!stream) throw new Error('There is no journal')
      const from = after === undefined ? stream.revision : revisionOf(after, stream)
      return withBus(bus, { ...describe(stream, from), ...own })
    },
    cursorAt: async (revision) => {
      const stream = await storage.read((tx) => readStream(tx, STREAM))
      return resumeCursor(stream?.epoch ?? '', revision, lastTerm(stream?.terms ?? ''))
    },
    gap: () => gap(),
    prune: async (pruned) => {
      await storage.write((tx) => tx.updateTable('streams').set({ pruned }).where('stream', '=', STREAM).execute())
    },
    goAway: (count) => {
      awayFor = count
    },
    reads: () => reads,
    holdNextRead: () => {
      const begun = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      hold = { begun: begun.resolve, released: released.promise }
      return { begun: begun.promise, release: released.resolve }
    },
    isListening: () => {
      clock.advance(LINGER_MS)
      return listening.has(STREAM)
    },
  }
}
