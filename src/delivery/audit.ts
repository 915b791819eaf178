import type { Bus } from '../bus/bus.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { pollEvery } from '../lib/poller.ts'
import type { Storage } from '../storage/storage.ts'
import { isLost, readPasts } from './histories.ts'

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
