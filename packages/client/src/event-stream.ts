/** One event of a stream of Server-Sent Events. */
export interface StreamEvent {
  /** `message` when the stream names none. */
  readonly type: string
  /** The last `id` that the stream gave, with this event or before; empty when none. */
  readonly id: string
  readonly data: string
}

/**
 * Reads Server-Sent Events as HTML defines them, however the text is cut into pieces. Returns a function that takes the next piece; `onEvent` is
 * called at once for each event that is complete.
 */
export function createEventReader(onEvent: (event: StreamEvent) => void): (piece: string) => void {
  let rest = ''
  let id = ''
  let type = ''
  let data: string[] = []

  const takeLine = (line: string): void => {
    if (line === '') {
      if (data.length > 0) onEvent({ type: type || 'message', id, data: data.join('\n') })
      type = ''
      data = []
      return
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'data') data.push(value)
    else if (field === 'event') type = value
    else if (field === 'id') id = value
  }

  return (piece) => {
    // A CR at the end of a piece can be the first half of a CRLF.
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) takeLine(line)
  }
}
