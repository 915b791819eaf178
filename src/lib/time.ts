const DAY = [
  String.raw`\d{4}-(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])`,
  String.raw`\d{4}-(?:0[469]|11)-(?:0[1-9]|[12]\d|30)`,
  String.raw`\d{4}-02-(?:0[1-9]|1\d|2[0-8])`,
  String.raw`(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29`,
].join('|')
const CLOCK = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`

/**
 * Matches a date and time of RFC 3339 (section 5.6), with capitals, such as `2026-01-31T08:30:00.5+01:00`. The day must exist in the
 * calendar, and the time is from 00:00:00 to 23:59:59. The offset is required, since without one the moment would depend on the machine.
 * Digits after the milliseconds must be zeros, since others could not be kept.
 */
export const RFC_3339: RegExp = new RegExp(String.raw`^(?:${DAY})T${CLOCK}:[0-5]\d(?:\.\d{1,3}0*)?(?:Z|[+-]${CLOCK})$`)

const FIRST = Date.parse('0000-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Milliseconds since 1970 of a text such as `2026-01-31T08:30:00Z`. Undefined when it does not match `RFC_3339`, or is outside the years 0
 * to 9999.
 */
export function parseTime(text: string): number | undefined {
  if (!RFC_3339.test(text)) return undefined
  const time = Date.parse(text)
  return time >= FIRST && time <= LAST ? time : undefined
}

/** How many seconds have their text cached. A second has its slot by its last bits. */
const KEPT = 64
const seconds = new Array<number>(KEPT).fill(Number.NaN)
const textsOfSeconds = new Array<string>(KEPT).fill('')

/**
 * Writes milliseconds since 1970 as RFC 3339 in UTC, such as `2026-01-31T08:30:00.500Z`. A time outside the years 0 to 9999 is written as
 * the first or last moment of them. The texts of recent seconds are cached, because times that are written together are mostly close.
 * Throws a RangeError for NaN.
 */
export function writeTime(time: number): string {
  if (time < FIRST) return writeTime(FIRST)
  if (time > LAST) return writeTime(LAST)
  const own = Math.floor(time / 1_000)
  const place = own & (KEPT - 1)
  if (own !== seconds[place]) {
    textsOfSeconds[place] = new Date(own * 1_000).toISOString().slice(0, -'000Z'.length)
    seconds[place] = own
  }
  return `${textsOfSeconds[place]}${String(time - own * 1_000).padStart(3, '0')}Z`
}
