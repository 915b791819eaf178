import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { StreamEncoding } from '../delivery/http-sink.ts'
import { multipart, serverSentEvents } from '../delivery/http-sink.ts'
import type { ErrorCode } from '../lib/errors.ts'

/** Why a request is answered with an error instead of being served. */
export interface Refusal {
  readonly status: number
  readonly code: ErrorCode
  /** What the client should do instead. */
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The HTTP methods of the GraphQL endpoint. PUT and DELETE are for streams of many operations (`single-requests.ts`). */
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const

/** The media types in which the result of an operation can be written. */
const ANSWERS = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'multipart/mixed',
] as const

function parametersOf(entry: string): readonly string[] {
  return entry.split(';').map((part) => part.trim().toLowerCase())
}

function isWritable(parameters: readonly string[]): boolean {
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  return charset === undefined || /^charset="?utf-?8"?$/.test(charset)
}

/** Whether a media range of an `Accept` header is wanted: `q=0` says that the client does not take it. */
function isWanted(parameters: readonly string[]): boolean {
  return !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
}

/**
 * The media ranges of an `Accept` header, with their parameters; everything when there is no header. Ranges with `q=0`, or with a charset
 * other than UTF-8, are left out.
 */
function rangesOf(accept: string | undefined): readonly (readonly string[])[] {
  return (accept || '*/*')
    .split(',')
    .map(parametersOf)
    .filter(([, ...parameters]) => isWritable(parameters) && isWanted(parameters))
}

function matches(range: string, type: string): boolean {
  return range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
}

function accepts(accept: string | undefined, types: readonly string[]): boolean {
  return rangesOf(accept).some(([range = '']) => types.some((type) => matches(range, type)))
}

/** Whether the client of a request with these headers can read server-sent events. */
export function acceptsStream({ accept }: Pick<IncomingHttpHeaders, 'accept'>): boolean {
  return accepts(accept, ['text/event-stream'])
}

function isMultipart([range, ...parameters]: readonly string[]): boolean {
  return range === 'multipart/mixed' && parameters.some((parameter) => /^subscriptionspec="?1\.0"?$/.test(parameter))
}

/** The encoding of results for a client that subscribes with this `Accept` header; undefined when it accepts no stream. */
export function streamEncodingFor(accept: string | undefined): StreamEncoding | undefined {
  if (acceptsStream({ accept })) return serverSentEvents
  return rangesOf(accept).some(isMultipart) ? multipart : undefined
}

/** The message for a client that subscribes over HTTP and accepts no stream. */
export const NEEDS_STREAM =
  'Subscriptions over HTTP are answered as text/event-stream, or as multipart/mixed;subscriptionSpec=1.0: accept one of them, or use a WebSocket.'

/**
 * Why the body of a POST cannot be read; undefined when it can. Anything but JSON is refused, because any page can make a browser send a
 * form or plain text. Before a browser sends JSON for a page, it asks by CORS. Without this, the page of somebody else could use a Herald
 * that only this browser can reach.
 */
function refuseBody({ headers }: IncomingMessage): Refusal | undefined {
  const { 'content-type': contentType, 'content-encoding': encoding = 'identity' } = headers
  const refuse = (status: number, message: string): Refusal => ({ status, code: 'BAD_USER_INPUT', message })
  if (contentType === undefined) return refuse(400, 'Send operations as application/json.')
  const [type, ...parameters] = parametersOf(contentType)
  if (type !== 'application/json') return refuse(415, 'Send operations as application/json.')
  if (!isWritable(parameters)) return refuse(415, 'Send operations in UTF-8.')
  if (/^(identity)?$/i.test(encoding.trim())) return undefined
  const message = 'Send operations as they are, not compressed.'
  return { ...refuse(415, message), headers: { 'accept-encoding': 'identity' } }
}

/** The refusal of a request whose method is not one of `allowed`; undefined when it is. */
export function refuseMethod({ method = '' }: IncomingMessage, allowed: readonly string[]): Refusal | undefined {
  if (allowed.includes(method)) return undefined
  const message = `This is served by ${allowed.join(', ')}.`
  return { status: 405, code: 'BAD_USER_INPUT', message, headers: { allow: [...allowed, 'OPTIONS'].join(', ') } }
}

/**
 * The media types in which a request can be answered; undefined when its answer has no body. PUT is answered with the token of a stream, as
 * plain text.
 */
function answersTo({ method }: IncomingMessage): readonly string[] | undefined {
  if (method === 'DELETE') return undefined
  return method === 'PUT' ? ['text/plain'] : ANSWERS
}

/**
 * Why a request to the GraphQL endpoint may not be executed, undefined when it may. Its method or its body cannot be served, or its answer
 * could not be written as the client wants it. What only the document can show is checked later, but before anything is executed, too.
 */
export function refuseRequest(request: IncomingMessage): Refusal | undefined {
  const { method, headers } = request
  const refusal = refuseMethod(request, METHODS)
  if (refusal) return refusal
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    return { status: 417, code: 'BAD_USER_INPUT', message: 'What this request expects is not done here.' }
  }
  const answers = answersTo(request)
  if (answers && !accepts(headers.accept, answers)) {
    const message = `Nothing was executed: the answer can be ${answers.join(', ')}, which this request does not accept.`
    return { status: 406, code: 'BAD_USER_INPUT', message }
  }
  return method === 'POST' ? refuseBody(request) : undefined
}

/** The `Last-Event-ID` header: the cursor of the last event that an `EventSource` has. Undefined when there is none. */
export function lastEventIdOf({ headers }: IncomingMessage): string | undefined {
  const id = headers['last-event-id']
  return typeof id === 'string' && id !== '' ? id : undefined
}
