const DAY = [
  String.raw`\d{4}-(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])`,
  String.raw`\d{4}-(?:0[469]|11)-(?:0[1-9]|[12]\d|30)`,
  String.raw`\d{4}-02-(?:0[1-9]|1\d|2[0-8])`,
  String.raw`(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29`,
].join('|')
const CLOCK = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`

/**
 * A moment that exists, as RFC 3339 (section 5.6) writes it in capitals: a day of the calendar, 00:00:00 to 23:59:59, milliseconds
 * at the most, and an offset. Without an offset it would mean another moment on every machine; digits behind the milliseconds
 * could not be kept, unless they are zeros.
 */
export const RFC_3339: RegExp = new RegExp(String.raw`^(?:${DAY})T${CLOCK}:[0-5]\d(?:\.\d{1,3}0*)?(?:Z|[+-]${CLOCK})$`)

const FIRST = Date.parse('0000-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

/** Milliseconds since 1970; undefined when the text is none of `RFC_3339`, or the moment is not in the years 0 to 9999 in UTC. */
export function parseTime(text: string): number | undefined {
  if (!RFC_3339.test(text)) return undefined
  const time = Date.parse(text)
  return time >= FIRST && time <= LAST ? time : undefined
}

/** Seconds whose text is at hand, each at the place that its last bits name. */
const KEPT = 64
const seconds = new Array<number>(KEPT).fill(Number.NaN)
const textsOfSeconds = new Array<string>(KEPT).fill('')

/**
 * Milliseconds since 1970 as RFC 3339 in UTC, with a year of four digits: what lies beyond the years 0 to 9999 is written as the first
 * or last moment of them. The text of a second is mostly at hand, since what happens at about the same time is told at about the
 * same time. Throws a RangeError for what is no number.
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
