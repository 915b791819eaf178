// Each event carries a mark in its text: `#`, the number of the event in its topic, and when it was published.

const NUMBER_DIGITS = 10
const TIME_DIGITS = 16
const HASH = 0x23
const ZERO = 0x30
/** Bytes of the text of an event. */
const BODY = 120

/** Microseconds of this process. */
export function now(): number {
  return Math.round(performance.now() * 1_000)
}

/** The text of an event, published now. */
export function markedBody(number: number): string {
  return `#${String(number).padStart(NUMBER_DIGITS, '0')}${String(now()).padStart(TIME_DIGITS, '0')}`.padEnd(
    BODY,
    ' lorem ipsum',
  )
}

function digits(data: Buffer, start: number, count: number): number {
  let value = 0
  for (let place = start; place < start + count; place += 1) value = value * 10 + (data[place] ?? ZERO) - ZERO
  return value
}

/** Finds marks; asks first where the last one was, because messages of one server look alike. */
export function createFindMark(): (data: Buffer, start: number, end: number) => number {
  let offset = 0
  return (data, start, end) => {
    if (start + offset < end && data[start + offset] === HASH) return start + offset
    const place = data.indexOf(HASH, start)
    if (place < 0 || place >= end) return -1
    offset = place - start
    return place
  }
}

/** The number of the event with a mark at `place`. */
export function numberAt(data: Buffer, place: number): number {
  return digits(data, place + 1, NUMBER_DIGITS)
}

/** When it was published, in microseconds. */
export function timeAt(data: Buffer, place: number): number {
  return digits(data, place + 1 + NUMBER_DIGITS, TIME_DIGITS)
}
