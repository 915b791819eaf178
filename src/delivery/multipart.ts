import { encodedOnce, type StreamEncoding } from './http-sink.ts'

// The next boundary goes with each part: Apollo Client hands a part on when it has come.
function part(json: string): string {
  return `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`
}

/**
 * One operation as parts of a body, as Apollo Client asks for over HTTP
 * (https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol). Herald keeps such streams alive with
 * empty parts, and Apollo Client takes what is cut for an error.
 */
export const multipart: StreamEncoding = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
  opening: '--graphql',
  heartbeat: part('{}'),
  ending: '--\r\n',
  head: () => '',
  result: encodedOnce(({ payload }) => part(`{"payload":${payload}}`)),
  complete: () => '',
}
