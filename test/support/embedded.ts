import { onTestFinished } from 'vitest'
import { type Bus, createBus } from '../../src/bus/bus.ts'
import { createLog, type Log } from '../../src/lib/log.ts'
import { createManualClock, type ManualClock } from './clock.ts'
import { openJsonLink } from './json-link.ts'
import { type OpenStorage, openStorage } from './storage.ts'
import { type TrackedStorage, tracked } from './tracked-storage.ts'

export interface Embedded extends TrackedStorage {
  readonly bus: Bus
  readonly clock: ManualClock
  readonly log: Log
}

export function silentLog(): Log {
  return createLog({ level: 'silent', pretty: false })
}

/**
 * The mechanisms of one node on the database that this run is about, with a clock that stands still. Events travel as JSON, as
 * they do between nodes. Closes itself.
 */
export async function openEmbedded(open: OpenStorage = openStorage): Promise<Embedded> {
  const clock = createManualClock()
  const log = silentLog()
  const { storage, settled } = tracked(await open())
  const bus = createBus({ openLink: openJsonLink, clock, log })
  onTestFinished(bus.close)
  return { storage, bus, clock, log, settled }
}
