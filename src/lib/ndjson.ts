/** A line of a text file, counted from 1. */
export interface TextLine {
  readonly number: number
  /** The text without its line break. Undefined: it cannot be read, and `mistake` says why. */
  readonly text: string | undefined
  readonly mistake?: string
}

const LINE_FEED = 0x0a
const decoder = new TextDecoder('utf-8', { fatal: true })

function decoded(bytes: Buffer): Pick<TextLine, 'text' | 'mistake'> {
  try {
    return { text: decoder.decode(bytes) }
  } catch {
    return { text: undefined, mistake: 'The line is not text in UTF-8.' }
  }
}

/**
 * Reads lines from the bytes of a file, one after the other. It keeps no more than one line, and of one that is longer than `maxBytes`
 * nothing: that has a mistake instead of its text.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<TextLine> {
  let parts: Buffer[] = []
  let size = 0
  let number = 0
  const add = (bytes: Buffer): void => {
    size += bytes.length
    if (size <= maxBytes) parts.push(bytes)
    else parts = []
  }
  const take = (): TextLine => {
    number += 1
    const isTooLong = size > maxBytes
    const bytes = Buffer.concat(parts)
    parts = []
    size = 0
    return isTooLong
      ? { number, text: undefined, mistake: `The line is longer than ${maxBytes} bytes.` }
      : { number, ...decoded(bytes) }
  }

  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, end))
      yield take()
      from = end + 1
    }
    if (from < chunk.length) add(chunk.subarray(from))
  }
  if (size > 0) yield take()
}
