import type { Bus } from '../bus/bus.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { repeat } from '../lib/repeat.ts'
import type { Storage } from '../storage/storage.ts'

export interface AuditOptions {
  readonly bus: Bus
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
}

const AUDIT_MS = 9_000
/** An event that was committed may still be on its way. After this it is lost. */
const ON_ITS_WAY_MS = 1_000
/** Lanes of one query: what it takes holds up nobody. */
const LANES_PER_QUERY = 1_000

const readRevisions = async (storage: Storage, lanes: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  const revisions = new Map<string, number>()
  await inTurns(lanes, LANES_PER_QUERY, async (some) => {
    const rows = await storage.readOne((db) =>
      db.selectFrom('lanes').select(['lane', 'revision']).where('lane', 'in', some).execute(),
    )
    for (const { lane, revision } of rows) revisions.set(lane, revision)
  })
  return revisions
}

const sleep = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))

/**
 * Compares what the listeners of this node know with the store, every ten seconds, and tells those who are behind to look
 * there: so even a last event that was lost, with none after it to show the jump, is found. Returns how to stop.
 */
export const openAudit = ({ bus, storage, clock, log }: AuditOptions): Cancel => {
  const isBehind = (revision: number, position: number | undefined): boolean =>
    position !== undefined && position < revision

  const audit = async (): Promise<void> => {
    const positions = bus.positions()
    if (positions.size === 0) return
    const stored = await readRevisions(storage, [...positions.keys()])
    const suspects = [...stored].filter(([lane, revision]) => isBehind(revision, positions.get(lane)))
    if (suspects.length === 0) return
    await sleep(clock, ON_ITS_WAY_MS)
    const now = bus.positions()
    const behind = suspects.filter(([lane, revision]) => isBehind(revision, now.get(lane)))
    for (const [lane] of behind) bus.gap(lane)
    if (behind.length > 0) log.info({ lanes: behind.length }, 'the audit found lanes of which events were lost')
  }

  return repeat(clock, AUDIT_MS, audit, (err) => log.warn({ err }, 'the audit could not read the store'))
}
