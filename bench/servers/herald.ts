import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { AUDIT_MS } from '../../src/delivery/audit.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { serveMemory } from './measured.ts'

/**
 * Events that are told on the bus alone are not in the store, and the audit would rightly take that for a database that went back in
 * time. So it rests.
 */
const clock: Clock = {
  ...systemClock,
  after: (ms, task) => (ms === AUDIT_MS ? () => {} : systemClock.after(ms, task)),
}

// Herald as a user runs it, with everything else on.
const config = loadConfig(process.env)
const app = await startApp(config, { clock, log: createLog({ level: config.log.level, pretty: false }) })
serveMemory(app.url)
