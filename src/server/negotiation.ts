import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { StreamEncoding } from '../delivery/http-sink.ts'
import { multipart, serverSentEvents } from '../delivery/http-sink.ts'
import type { ErrorCode } from '../lib/errors.ts'

/** Why a request is answered with an error instead of being served. */
export interface Refusal {
  readonly status: number
  readonly code: ErrorCode
  /** Says to the client what to do instead. */
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What GraphQL is served by. The last two are for streams of many operations (`single-requests.ts`). */
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const

/** What the result of any operation can be written as. */
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

/** `q=0` says that a client does not take this. */
function isWanted(parameters: readonly string[]): boolean {
  return !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
}

/** The media ranges of an `Accept` header, with their parameters; everything when there is none. What only accepts another charset accepts nothing. */
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

/** How the results of a subscription are written for a client that sent this `Accept` header; undefined when it could not read them. */
export function streamEncodingFor(accept: string | undefined): StreamEncoding | undefined {
  if (acceptsStream({ accept })) return serverSentEvents
  return rangesOf(accept).some(isMultipart) ? multipart : undefined
}

/** Where a client that did not accept a stream is told what to ask for. */
export const NEEDS_STREAM =
  'Subscriptions over HTTP are answered as text/event-stream, or as multipart/mixed;subscriptionSpec=1.0: accept one of them, or use a WebSocket.'

/**
 * Any page can make a browser send a form or plain text; JSON it must ask for first, and CORS answers that. So what is not
 * JSON could be somebody else's page acting on a Herald that only this browser can reach.
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

/** Why a request with another method than these is refused. */
export function refuseMethod({ method = '' }: IncomingMessage, allowed: readonly string[]): Refusal | undefined {
  if (allowed.includes(method)) return undefined
  const message = `This is served by ${allowed.join(', ')}.`
  return { status: 405, code: 'BAD_USER_INPUT', message, headers: { allow: [...allowed, 'OPTIONS'].join(', ') } }
}

/** What the answer can be written as; undefined: it says nothing. The token of a reserved stream is plain text. */
function answersTo({ method }: IncomingMessage): readonly string[] | undefined {
  if (method === 'DELETE') return undefined
  return method === 'PUT' ? ['text/plain'] : ANSWERS
}

/**
 * Why nothing of a request may be executed: it is none for GraphQL, it cannot be read, or its answer could not be written as
 * the client wants it. What only the document can tell is found later, but before anything is executed, too.
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

/** Where `EventSource` says that it got to: the cursor of the last event that it has. */
export function lastEventIdOf({ headers }: IncomingMessage): string | undefined {
  const id = headers['last-event-id']
  return typeof id === 'string' && id !== '' ? id : undefined
}
