import { type ExpressionBuilder, sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import { type BackendEvent, type EventDraft, toBackendEvent } from './backend-event.ts'
import type { ExitName } from './event-exit.ts'

/** An event that this node sends now. No other node sends it until the claim ends. */
export interface ClaimedEvent extends BackendEvent {
  readonly claim: string
  readonly attempts: number
  readonly createdAt: number
}

/** What became of a claimed event. Without an error, the backend has it. */
export interface Attempt {
  readonly event: ClaimedEvent
  readonly error?: string | undefined
}

/** Events for the backend, stored until each exit has sent them. */
export interface EventQueue {
  /**
   * Stores events, for each exit. Runs in the transaction of what they are about. `now` is the time that they say, in milliseconds since
   * 1970; the present when left out.
   */
  add(tx: Tx, drafts: readonly EventDraft[], now?: number): Promise<void>
  /**
   * Claims events to send, at most `max`: of each subject only the first. A claim ends after 30 seconds, so what a node that died had claimed
   * is sent by another one. What has waited longest comes first; with `newest` what was never tried does, the newest first.
   */
  claim(exit: ExitName, max: number, which?: 'newest'): Promise<readonly ClaimedEvent[]>
  /** Notes what became of events. One that failed is sent again later, and is given up a day after it was stored. */
  settle(exit: ExitName, attempts: readonly Attempt[]): Promise<void>
  /** Lets events that failed be sent again now, because the backend answers again. */
  hurry(exit: ExitName): Promise<void>
  /** The age of the oldest event that was not sent, in milliseconds. Undefined: there is none. */
  oldestMs(): Promise<number | undefined>
}

/** How long an event is sent again and again before it is given up, in milliseconds. */
export const GIVE_UP_MS: number = 24 * 60 * 60 * 1000
/** How long a node has for an attempt, in milliseconds: twice as long as a receiver has for its answer. */
const CLAIM_MS = 30_000
/** The waits after the first failures, in milliseconds. Later ones are as long as the last. */
const WAITS_MS: readonly number[] = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000]
/** By which part a wait is longer or shorter, at random, so that events do not come back all at once. */
const JITTER = 0.2
const ROWS_PER_STATEMENT = 500
/** The most characters that are kept of an error. */
const MAX_ERROR = 500

function waitAfter(failures: number): number {
  const ms = WAITS_MS[Math.min(failures, WAITS_MS.length) - 1] ?? 0
  return ms * (1 - JITTER + 2 * JITTER * Math.random())
}

/** Selects events before which no other one of their subject waits. */
function isFirst({ not, exists, selectFrom }: ExpressionBuilder<Tables, 'backend_events'>) {
  return not(
    exists(
      selectFrom('backend_events as earlier')
        .select('earlier.id')
        .whereRef('earlier.exit', '=', 'backend_events.exit')
        .whereRef('earlier.subject', '=', 'backend_events.subject')
        .where('earlier.dead_at', 'is', null)
        .where(sql<boolean>`(earlier.place, earlier.id) < (backend_events.place, backend_events.id)`),
    ),
  )
}

/** The last place of each subject that has events waiting, for all exits together. */
async function readPlaces(tx: Tx, subjects: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('backend_events')
    .select(({ fn }) => ['subject', fn.max('place').as('place')])
    .where('subject', 'in', subjects)
    .where('dead_at', 'is', null)
    .groupBy('subject')
    .execute()
  return new Map(rows.map(({ subject, place }) => [subject, Number(place)]))
}

async function insertEvents(
  tx: Tx,
  {
    drafts,
    exits,
    now,
  }: { readonly drafts: readonly EventDraft[]; readonly exits: readonly ExitName[]; readonly now: number },
): Promise<void> {
  const places = await readPlaces(tx, [...new Set(drafts.map(({ subject }) => subject))])
  const rows = drafts.flatMap((draft) => {
    const { subject, userId: user_id } = draft
    const place = (places.get(subject) ?? 0) + 1
    places.set(subject, place)
    const event = { ...toBackendEvent(draft, now), subject, place, user_id, created_at: now, next_at: now, attempts: 0 }
    return exits.map((exit) => ({ exit, ...event }))
  })
  await tx.insertInto('backend_events').values(rows).execute()
}

export interface EventQueueOptions {
  readonly storage: Storage
  readonly clock: Clock
  /** The exits by which each event leaves. With none, nothing is stored. */
  readonly exits: readonly ExitName[]
  /** Counts the events that are given up, by exit. */
  readonly dead: Counter
}

/** Selects events of an exit that are to be sent now or later. */
function isOpen(exit: ExitName) {
  return ({ and, eb }: ExpressionBuilder<Tables, 'backend_events'>) =>
    and([eb('exit', '=', exit), eb('dead_at', 'is', null)])
}

/** Creates `EventQueue.claim`. */
function createClaim({ storage, clock }: EventQueueOptions): EventQueue['claim'] {
  const claimIn = async (tx: Tx, exit: ExitName, max: number, which?: 'newest'): Promise<readonly ClaimedEvent[]> => {
    if (!(await storage.tryLock(tx, `herald events ${exit}`))) return []
    const now = clock.now()
    const due = tx
      .selectFrom('backend_events')
      .select(['id', 'type', 'body', 'attempts', 'created_at'])
      .where(isOpen(exit))
      .where('next_at', '<=', now)
      .where(isFirst)
      .limit(max)
    const newest = which && (await due.where('attempts', '=', 0).orderBy('next_at', 'desc').execute())
    const found = newest?.length ? newest : await due.orderBy('next_at').execute()
    if (found.length === 0) return []
    const claim = newEpoch()
    const ids = found.map(({ id }) => id)
    await tx
      .updateTable('backend_events')
      .set({ claim, next_at: now + CLAIM_MS })
      .where('exit', '=', exit)
      .where('id', 'in', ids)
      .execute()
    return found.map(({ created_at: createdAt, ...event }) => ({ ...event, claim, createdAt }))
  }

  return async (exit, max, which) => {
    // Mostly there is nothing, and then no transaction is needed.
    const waiting = await storage.readOne((db) =>
      db
        .selectFrom('backend_events')
        .select('id')
        .where(isOpen(exit))
        .where('next_at', '<=', clock.now())
        .limit(1)
        .execute(),
    )
    // A claim or a result that is lost in a power failure only means that an event is sent again.
    return waiting.length === 0 ? [] : storage.note((tx) => claimIn(tx, exit, max, which))
  }
}

/** Creates `EventQueue.settle`. */
function createSettle({ storage, clock, dead }: EventQueueOptions): EventQueue['settle'] {
  const noteFailure = async (tx: Tx, exit: ExitName, { event, error = '' }: Attempt): Promise<boolean> => {
    const now = clock.now()
    const attempts = event.attempts + 1
    const dead_at = now - event.createdAt >= GIVE_UP_MS ? now : null
    const next_at = Math.round(now + waitAfter(attempts))
    const { numUpdatedRows } = await tx
      .updateTable('backend_events')
      .set({ attempts, next_at, dead_at, claim: null, error: error.slice(0, MAX_ERROR) })
      .where('exit', '=', exit)
      .where('id', '=', event.id)
      .where('claim', '=', event.claim)
      .executeTakeFirst()
    return dead_at !== null && numUpdatedRows > 0n
  }

  return async (exit, attempts) => {
    const sent = attempts.filter(({ error }) => error === undefined).map(({ event }) => event.id)
    const failed = attempts.filter(({ error }) => error !== undefined)
    const count = await storage.note(async (tx) => {
      if (sent.length > 0) {
        await tx.deleteFrom('backend_events').where('exit', '=', exit).where('id', 'in', sent).execute()
      }
      let givenUp = 0
      for (const attempt of failed) if (await noteFailure(tx, exit, attempt)) givenUp += 1
      return givenUp
    })
    if (count > 0) dead.add(exit, count)
  }
}

/** The events that are stored in this database, until each exit has sent them. */
export function createEventQueue(options: EventQueueOptions): EventQueue {
  const { storage, clock, exits } = options
  return {
    add: async (tx, drafts, now = clock.now()) => {
      if (exits.length === 0) return
      await inTurns(drafts, ROWS_PER_STATEMENT, (some) => insertEvents(tx, { drafts: some, exits, now }))
    },
    claim: createClaim(options),
    settle: createSettle(options),
    hurry: async (exit) => {
      await storage.note((tx) =>
        tx
          .updateTable('backend_events')
          .set({ next_at: clock.now() })
          .where(isOpen(exit))
          .where('claim', 'is', null)
          .where('attempts', '>', 0)
          .execute(),
      )
    },
    oldestMs: async () => {
      const row = await storage.readOne((db) =>
        db
          .selectFrom('backend_events')
          .select('created_at')
          .where('dead_at', 'is', null)
          .orderBy('created_at')
          .limit(1)
          .executeTakeFirst(),
      )
      return row && Math.max(0, clock.now() - row.created_at)
    },
  }
}
