const ONE_BYTE_EACH = 64
/** What a number, `true`, `null` and their comma take, about. */
const SMALL = 6
/** Quotes, colon, comma. */
const AROUND = 4
const BRACKETS = 2

/** Counting the bytes of a short text costs more than being a little wrong about it. */
function bytesOf(text: string): number {
  return text.length < ONE_BYTE_EACH ? text.length : Buffer.byteLength(text)
}

/**
 * About how many bytes a value takes as JSON in UTF-8. It stops beyond `max`, so that a huge answer is known as such without writing
 * it: until it is written, a text that stands in it a thousand times is there once.
 */
export function jsonSize(value: unknown, max: number): number {
  let size = 0

  const add = (part: unknown): void => {
    if (typeof part === 'string') size += bytesOf(part) + AROUND
    else if (typeof part !== 'object' || part === null) size += SMALL
    else if (Array.isArray(part)) addArray(part)
    else addObject(part as Readonly<Record<string, unknown>>)
  }

  const addArray = (array: readonly unknown[]): void => {
    size += BRACKETS
    for (let n = 0; n < array.length && size <= max; n += 1) add(array[n])
  }

  const addObject = (object: Readonly<Record<string, unknown>>): void => {
    size += BRACKETS
    for (const key in object) {
      if (size > max) return
      size += key.length + AROUND
      add(object[key])
    }
  }

  add(value)
  return size
}
