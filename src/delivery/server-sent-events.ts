import type { StreamEncoding } from './http-sink.ts'
import type { Message } from './message.ts'

const texts = new WeakMap<Message, Buffer>()

/** An event is written once for all who get it. */
const eventOf = (message: Message): Buffer => {
  const known = texts.get(message)
  if (known) return known
  const { cursor, payload } = message
  const event = Buffer.from(`event: next\n${cursor === undefined ? '' : `id: ${cursor}\n`}data: ${payload}\n\n`)
  texts.set(message, event)
  return event
}

/**
 * One operation as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as graphql-sse has them in its
 * distinct connections mode (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). The id of an event is the cursor behind
 * it, so that a client that sends `Last-Event-ID` continues there.
 */
export const serverSentEvents: StreamEncoding = {
  contentType: 'text/event-stream',
  opening: ':\n\n',
  heartbeat: ':\n\n',
  ending: '',
  result: eventOf,
  complete: () => 'event: complete\ndata:\n\n',
}
