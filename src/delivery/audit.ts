import type { Bus } from '../bus/bus.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { pollEvery } from '../lib/poller.ts'
import { createSerial } from '../lib/serial.ts'
import { historyOf, type Incarnation, readIncarnation, renewHistory } from '../storage/incarnation.ts'
import type { Storage } from '../storage/storage.ts'
import { isLost, type StreamPast, type StreamPlace } from '../storage/stream-terms.ts'
import { streamColumns } from '../storage/streams.ts'

export interface AuditOptions {
  readonly bus: Bus
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  /** `Histories.renew`. Called when a listener has a change of a stream that the database no longer has. */
  readonly renewHistory?: (gone: string) => Promise<void>
}

/** The time from the end of one audit to the next one, in milliseconds. */
export const AUDIT_MS = 9_000
/** How long the event of a committed change may be under way, in milliseconds. After this it counts as lost. */
const ON_ITS_WAY_MS = 1_000

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}

/**
 * Compares the revisions of the listeners of this node with the store, every ten seconds. Listeners that are behind get a gap, and read the
 * store. So even the loss of a last event is found, which no later event would show. The returned function ends the audit.
 */
export function openAudit({ bus, storage, clock, log, renewHistory }: AuditOptions): Cancel {
  const isBehind = (revision: number, known: number | undefined): boolean => known !== undefined && known < revision

  const audit = async (): Promise<void> => {
    const followed = bus.revisions()
    if (followed.size === 0) return
    const places = bus.places()
    const stored = await readPasts(storage, [...followed.keys()])
    const lost = findLost(places, stored)
    if (lost) await renewHistory?.(historyOf(lost.epoch))
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

/** Finds that the database went back in time under running nodes. Then a new history begins, and all listeners of this node get a gap. */
export interface Histories {
  /**
   * Begins a new history after `gone`, unless that is done. Call it when something shows that the database went back in that history: a
   * reader has a change that it lacks. Resolves when all listeners of this node have got a gap, so that they look again.
   */
  renew(gone: string): Promise<void>
  close: Cancel
}

/** The time between two checks of the database, in milliseconds. */
const LOOK_MS = 2_000
/** How long the witness of a node is kept that does not write any more. */
const KEEP_MS = 7 * 24 * 60 * 60 * 1_000
/** The most streams of one query, so that it holds up nobody. */
const STREAMS_PER_QUERY = 1_000

/** Reads epoch, revision and terms of streams, by name. Streams that do not exist are left out. */
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

/** A place of a listener whose stream lacks the change there. */
function findLost(places: ReturnType<Bus['places']>, pasts: ReadonlyMap<string, StreamPast>): StreamPlace | undefined {
  for (const [stream, known] of places) {
    const lost = known.find((place) => isLost(pasts.get(stream), place))
    if (lost) return lost
  }
  return undefined
}

async function hasLostSomething({ bus, storage }: HistoriesOptions): Promise<boolean> {
  const places = bus.places()
  return findLost(places, await readPasts(storage, [...places.keys()])) !== undefined
}

/** A row that this node writes again and again. When the database lacks the last one, it has gone back to a time before that. */
function createWitness({ storage, clock }: HistoriesOptions) {
  const node = newEpoch()
  let count = 0
  /** The token of the last write that is known to be stored, and those of later writes that may be. */
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
 * Checks every two seconds whether the database has gone back in time. It has when the last row of this node's witness is not there. It
 * also has when, after a restart or restore, a listener of this node has a change that it lacks. Then a new history begins, older cursors
 * and checkpoints have expired, and all listeners of this node get a gap.
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

  const renewNow = async (gone: string): Promise<void> => {
    if (known && known.history !== gone) return
    known ??= await storage.readOne(readIncarnation)
    await storage.write((tx) => renewHistory(tx, { history: gone }))
    await witness.write()
    enter(await storage.readOne(readIncarnation))
  }
  const inOrder = createSerial()
  /** Many listeners find the same at once: the first one begins the history, and the others wait for it. */
  const renew = (gone: string): Promise<void> => inOrder(['history'], () => renewNow(gone))

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

  /** Deletes witnesses of earlier starts, since each start leaves one. */
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
