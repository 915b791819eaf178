/** An event of a stream, as its client sees it (WHATWG HTML, section 9.2). */
export interface ServerSentEvent {
  readonly event: string
  readonly id: string | undefined
  /** Parsed as JSON; an empty object when there was none. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test asked for
  readonly data: any
}

/** Takes a block of lines apart; undefined for a comment. U+2028 ends no line here. */
function parseEvent(block: string): ServerSentEvent | undefined {
  const fields = block.split('\n').map((line) => /^(\w+): ?(.*)$/s.exec(line))
  const field = (name: string): string | undefined => fields.find((found) => found?.[1] === name)?.[2]
  const event = field('event')
  return event === undefined ? undefined : { event, id: field('id'), data: JSON.parse(field('data') || '{}') }
}

/** The events of a response, without its comments. Ends with the response; throws when the connection is lost. */
export async function* eventsOf(response: Response): AsyncGenerator<ServerSentEvent, void> {
  let text = ''
  if (!response.body) return
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parseEvent(block)
      if (event) yield event
    }
  }
}
