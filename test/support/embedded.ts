import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Bus, createBus } from '../../src/bus/bus.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { createLog, type Log } from '../../src/lib/log.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createManualClock, type ManualClock } from './clock.ts'
import { tempFolder } from './temp.ts'

export interface Embedded {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: ManualClock
  readonly log: Log
}

export const silentLog = (): Log => createLog({ level: 'silent', pretty: false })

/** The mechanisms of one node as they run when nothing is configured, on a clock that stands still. Closes itself. */
export const openEmbedded = async (): Promise<Embedded> => {
  const clock = createManualClock()
  const log = silentLog()
  const storage = await openSqliteStorage({ file: join(tempFolder(), 'herald.db'), synchronous: 'OFF' })
  const bus = createBus({ openLink: openLocalLink, clock, log })
  onTestFinished(async () => {
    await bus.close()
    await storage.close()
  })
  return { storage, bus, clock, log }
}
