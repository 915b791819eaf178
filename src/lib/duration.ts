const DAY_SECONDS = 86_400
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: DAY_SECONDS }
const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [DAY_SECONDS, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** The longest duration that `parseDuration` accepts, in days. */
export const MAX_DAYS = 3_650

/** The seconds of a duration such as `30s`, `15m`, `1h` or `7d`, at most `MAX_DAYS`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const seconds = Number(amount) * (SECONDS[unit] ?? Number.NaN)
  return seconds >= 1 && seconds <= MAX_DAYS * DAY_SECONDS ? seconds : undefined
}

/**
 * A duration in words, in the largest unit of which it is a whole number: 7 776 000 seconds are `90 days`, 90 seconds stay `90 seconds`.
 */
export function describeDuration(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => seconds % unit === 0) ?? [1, 'second']
  const count = seconds / size
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
