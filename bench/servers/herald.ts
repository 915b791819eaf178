import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { serveMemory } from './measured.ts'

// Herald as a user runs it, with everything on.
const config = loadConfig(process.env)
const app = await startApp(config, { clock: systemClock, log: createLog({ level: config.log.level, pretty: false }) })
serveMemory(app.url)
