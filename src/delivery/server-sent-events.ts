import { encodedOnce, type StreamEncoding } from './http-sink.ts'

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
  head: () => '',
  result: encodedOnce(
    ({ cursor, payload }) => `event: next\n${cursor === undefined ? '' : `id: ${cursor}\n`}data: ${payload}\n\n`,
  ),
  complete: () => 'event: complete\ndata:\n\n',
}

/**
 * Many operations as server-sent events, as graphql-sse has them in its single connection mode. Events have no ids: the last one of a stream
 * would say nothing of the other operations.
 */
export const sharedServerSentEvents: StreamEncoding = {
  ...serverSentEvents,
  head: ({ text }) => `event: next\ndata: {"id":${text},"payload":`,
  result: encodedOnce(({ payload }) => `${payload}}\n\n`),
  complete: ({ text }) => `event: complete\ndata: {"id":${text}}\n\n`,
}
