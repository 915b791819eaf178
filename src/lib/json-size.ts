const ONE_BYTE_EACH = 64
/** About how many bytes a number, `true` or `null` takes, with its comma. */
const SMALL = 6
/** The bytes around a text: two quotes, a colon and a comma. */
const AROUND = 4
const BRACKETS = 2

/** The bytes of a text in UTF-8. For a text of less than 64 characters it is an estimate of one byte each, which is cheaper. */
function bytesOf(text: string): number {
  return text.length < ONE_BYTE_EACH ? text.length : Buffer.byteLength(text)
}

/**
 * About how many bytes a value takes as JSON in UTF-8. It stops counting beyond `max`, and returns what it has then. So a huge answer is
 * found without writing it: in memory, a text that occurs a thousand times in the answer is there only once.
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
