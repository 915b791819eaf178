import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// Loaded by `--import` into a process whose memory a test looks at: what is garbage must not count, nor what only V8 keeps.

setFlagsFromString('--expose-gc')
const gc: (options: object) => void = runInNewContext('gc')

/**
 * A usual collection keeps the pages that it frees, and keeps V8 from giving them back: it does so when there was none for 8 seconds
 * (`--gc-memory-reducer-start-delay-ms`).
 */
function collect(): void {
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

process.on('SIGUSR2', collect)
