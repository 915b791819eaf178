import { createHash } from 'node:crypto'
import { loadTimeZones, WEEKDAYS } from '../../src/lib/quiet-hours.ts'
import { changesOf, MINUTE_MS, ZONES } from './local-time.ts'

// Prints a hash of which minutes around the changes of clocks are quiet. It is the same whatever the time zone of the process is.

/** What is printed. */
export interface QuietMinutes {
  /** The beginning of a year in the time zone of the process. */
  readonly local: string
  /** How many minutes are quiet. */
  readonly quiet: number
  readonly hash: string
}

const { quietUntil } = await loadTimeZones()
const hash = createHash('sha256')
let quiet = 0
for (const timeZone of ZONES) {
  const hours = { from: '23:30', to: '02:30', timeZone, days: WEEKDAYS }
  for (const change of changesOf(timeZone, 2026)) {
    for (let minute = -180; minute < 180; minute += 1) {
      const end = quietUntil(hours, change + minute * MINUTE_MS)
      if (end !== undefined) quiet += 1
      hash.update(`${end} `)
    }
  }
}
const local = new Date(2026, 0, 1).toISOString()
const printed: QuietMinutes = { local, quiet, hash: hash.digest('hex') }
console.log(JSON.stringify(printed))
