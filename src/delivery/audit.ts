import type { Bus } from '../bus/bus.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { pollEvery } from '../lib/poller.ts'
import { type Incarnation, readIncarnation, renewHistory } from '../storage/incarnation.ts'
import type { Storage } from '../storage/storage.ts'
import { lastOfTerm, type StreamPast, type StreamPlace } from '../storage/stream-terms.ts'
import { streamColumns } from '../storage/streams.ts'

export interface AuditOptions {
  readonly bus: Bus
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  /** Told when a follower knows something of a stream that is no longer there. */
  readonly onGoneBack?: () => Promise<void>
}

/** From the end of one look to the next, in milliseconds. */
export const AUDIT_MS = 9_000
/** An event that was committed may still be on its way. After this it is lost. */
const ON_ITS_WAY_MS = 1_000

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}

/**
 * Compares what the listeners of this node know with the store, every ten seconds, and tells those who are behind to look
 * there: so even a last event that was lost, with none after it to show the jump, is found. Returns how to stop.
 */
export function openAudit({ bus, storage, clock, log, onGoneBack }: AuditOptions): Cancel {
  const isBehind = (revision: number, known: number | undefined): boolean => known !== undefined && known < revision

  const audit = async (): Promise<void> => {
    const followed = bus.revisions()
    if (followed.size === 0) return
    const places = bus.places()
    const stored = await readPasts(storage, [...followed.keys()])
    const hasGoneBack = [...places].some(([stream, known]) => known.some((place) => isLost(stored.get(stream), place)))
    if (hasGoneBack) await onGoneBack?.()
    const suspects = [...stored].filter(([stream, { revision }]) => isBehind(revision, followed.get(stream)))
    if (suspects.length === 0) return
    await sleep(clock, ON_ITS_WAY_MS)
    const now = bus.revisions()
    const behind = suspects.filter(([stream, { revision }]) => isBehind(revision, now.get(stream)))
    for (const [stream] of behind) bus.gap(stream)
    if (behind.length > 0) log.info({ streams: behind.length }, 'the audit found streams of which events were lost')
  }

  return pollEvery(clock, AUDIT_MS, audit, (err) => log.warn({ err }, 'the audit could not read the store'))
}

export interface HistoriesOptions {
  readonly bus: Bus
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
}

/** Sees to it that a database that goes back in time under running nodes begins a new history, and that all who follow are told. */
export interface Histories {
  /** Something showed that the database has gone back: begins a new history, unless another node has. */
  renew(): Promise<void>
  close: Cancel
}

const LOOK_MS = 2_000
/** How long what a node wrote is kept that has said nothing since. */
const KEEP_MS = 7 * 24 * 60 * 60 * 1_000
/** Streams of one query: what it takes holds up nobody. */
const STREAMS_PER_QUERY = 1_000

/** The pasts of streams; those that do not exist are left out. */
export async function readPasts(
  storage: Storage,
  streams: readonly string[],
): Promise<ReadonlyMap<string, StreamPast>> {
  const pasts = new Map<string, StreamPast>()
  await inTurns(streams, STREAMS_PER_QUERY, async (some) => {
    const rows = await storage.readOne((db) =>
      db.selectFrom('streams').select('stream').select(streamColumns).where('stream', 'in', some).execute(),
    )
    for (const { stream, ...past } of rows) pasts.set(stream, past)
  })
  return pasts
}

/** Whether a follower knows something of a stream that is no longer there, nor was deleted with the whole stream. */
export function isLost(past: StreamPast | undefined, { epoch, term, revision }: StreamPlace): boolean {
  return past?.epoch === epoch && revision > lastOfTerm(past, term)
}

async function hasLostSomething({ bus, storage }: HistoriesOptions): Promise<boolean> {
  const places = bus.places()
  const pasts = await readPasts(storage, [...places.keys()])
  return [...places].some(([stream, known]) => known.some((place) => isLost(pasts.get(stream), place)))
}

/** What a node has written to the database, by which it finds that the database has gone back to before. */
function createWitness({ storage, clock }: HistoriesOptions) {
  const node = newEpoch()
  let count = 0
  /** Of the last write that is known to be stored, and of those after it that may be. */
  let tokens: readonly string[] = []

  return {
    isGone: async (): Promise<boolean> => {
      if (tokens.length === 0) return false
      const row = await storage.readOne((db) =>
        db.selectFrom('witnesses').select('token').where('node', '=', node).executeTakeFirst(),
      )
      return !tokens.includes(row?.token ?? '')
    },
    write: async (): Promise<void> => {
      const row = { node, count: count + 1, token: newEpoch(), at: clock.now() }
      const isFirst = tokens.length === 0
      if (!isFirst) tokens = [...tokens, row.token]
      await storage.note((tx) =>
        tx
          .insertInto('witnesses')
          .values(row)
          .onConflict((conflict) => conflict.column('node').doUpdateSet(row))
          .execute(),
      )
      tokens = [row.token]
      count = row.count
    },
  }
}

/**
 * Looks every two seconds whether the database is the one that this node knows. It has gone back when what the node wrote to it last is
 * not there, or when, after it was restarted or restored, a follower of this node knows more than it does. Then a new history
 * begins, everything older has expired, and whoever follows something on this node looks at the store.
 */
export function openHistories(options: HistoriesOptions): Histories {
  const { bus, storage, clock, log } = options
  const witness = createWitness(options)
  let known: Incarnation | undefined

  const enter = (now: Incarnation): void => {
    if (known && known.history !== now.history) {
      log.warn('the database has gone back in time: cursors and checkpoints of before have expired')
      bus.gap()
    }
    known = now
  }

  const renew = async (): Promise<void> => {
    const before = known ?? (await storage.readOne(readIncarnation))
    await storage.write((tx) => renewHistory(tx, before))
    await witness.write()
    enter(await storage.readOne(readIncarnation))
  }

  const look = async (): Promise<void> => {
    const now = await storage.readOne(readIncarnation)
    const isOther = known !== undefined && known.term !== now.term
    const hasGoneBack = (await witness.isGone()) || (isOther && (await hasLostSomething(options)))
    if (hasGoneBack && (known === undefined || known.history === now.history)) {
      known ??= now
      await storage.write((tx) => renewHistory(tx, now))
    }
    await witness.write()
    enter(hasGoneBack ? await storage.readOne(readIncarnation) : now)
  }

  /** Each start leaves a witness: so many starts keep few. */
  const prune = (): Promise<unknown> =>
    storage.note((tx) =>
      tx
        .deleteFrom('witnesses')
        .where('at', '<', clock.now() - KEEP_MS)
        .execute(),
    )

  const onError = (err: unknown): void => log.debug({ err }, 'could not look whether the database is the same')
  void look().then(prune).catch(onError)
  return { renew, close: pollEvery(clock, LOOK_MS, look, onError) }
}
