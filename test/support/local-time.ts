import { type QuietHours, WEEKDAYS } from '../../src/lib/quiet-hours.ts'

// Time zones as `Intl` tells them, for comparing what another library makes of them.

export const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Zones with changes of an hour by night and at midnight, of 30 minutes and of two hours, with half hours, and south of the equator. */
export const ZONES: readonly string[] = [
  ...['Europe/Berlin', 'Europe/London', 'Europe/Kiev', 'Europe/Chisinau', 'Atlantic/Azores', 'Africa/Cairo'],
  ...['Africa/Casablanca', 'Asia/Beirut', 'Asia/Jerusalem', 'America/New_York', 'US/Pacific', 'America/St_Johns'],
  ...['America/Havana', 'America/Santiago', 'America/Nuuk', 'Australia/Lord_Howe', 'Australia/Sydney'],
  ...['Pacific/Auckland', 'Pacific/Chatham', 'Antarctica/Troll'],
]

const formats = new Map<string, Intl.DateTimeFormat>()

/** How far local time is before UTC at a moment, in milliseconds. */
export function offsetAt(timeZone: string, at: number): number {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' })
  formats.set(timeZone, format)
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS)
}

/** The moments of a year at which the clocks of a zone change. */
export function changesOf(timeZone: string, year: number): readonly number[] {
  const changes: number[] = []
  for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += DAY_MS) {
    let [low, high] = [day, day + DAY_MS]
    const before = offsetAt(timeZone, low)
    if (before === offsetAt(timeZone, high)) continue
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS
      if (offsetAt(timeZone, middle) === before) low = middle
      else high = middle
    }
    changes.push(high)
  }
  return changes
}

/** The moment of a local time, which is given as if it were UTC: the first one, and of a time that is left out as long after the change. */
function momentOf(timeZone: string, local: number): number {
  const offsets = [offsetAt(timeZone, local - DAY_MS), offsetAt(timeZone, local + DAY_MS)]
  const found = offsets.map((offset) => local - offset).filter((at) => at + offsetAt(timeZone, at) === local)
  return found.length > 0 ? Math.min(...found) : local - (offsets[0] ?? 0)
}

/** A time from which nothing is handed off until another one. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** The windows of quiet hours that touch the time between two moments, in their order. Those that the clocks leave out are left out. */
export function windowsOf({ from, to, timeZone, days }: QuietHours, after: number, before: number): readonly Window[] {
  const clock = (text: string): number => Number(text.slice(0, 2)) * HOUR_MS + Number(text.slice(3)) * MINUTE_MS
  const windows: Window[] = []
  for (let day = Math.floor(after / DAY_MS) - 3; day <= Math.floor(before / DAY_MS) + 2; day += 1) {
    // 1970 began with a Thursday.
    if (!days.includes(WEEKDAYS[(day + 3) % 7] ?? 'MONDAY')) continue
    const start = momentOf(timeZone, day * DAY_MS + clock(from))
    const end = momentOf(timeZone, (to > from ? day : day + 1) * DAY_MS + clock(to))
    if (start < end && start < before && end > after) windows.push({ start, end })
  }
  return windows
}
