import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../lib/clock.ts'
import { corsHeaders } from './cors.ts'
import type { AllowsOrigin } from './origins.ts'
import type { Refusals } from './refusals.ts'

export interface ClientErrorOptions {
  readonly allowsOrigin: AllowsOrigin
  readonly refusals: Refusals
  readonly clock: Clock
}

/** How long a client has to read the answer before its connection is cut, in milliseconds. */
const GOODBYE_MS = 1_000

/** Answers a request that Node could not read as HTTP, and closes its connection. It handles the event `clientError` of a server. */
export type OnClientError = (error: Error, tcp: Duplex) => void

interface ParserError extends Error {
  readonly code?: string
  /** The bytes that could not be read, as far as they had come. */
  readonly rawPacket?: Buffer
}

const REFUSALS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers of this request are too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions of this request are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time.'],
}

const ADVICE = 'Send smaller headers: a token must fit into 8 KiB.'

function headerIn(head: string, name: string): string | undefined {
  return new RegExp(`\r\n${name}:[ \t]*([^\r\n]*?)[ \t]*\r\n`, 'i').exec(head)?.[1]
}

/** Whether the head of an answer was already sent on a connection. Node keeps that answer as `_httpMessage`. */
function isAnswering(tcp: Duplex): boolean {
  const { _httpMessage: message } = tcp as Duplex & {
    readonly _httpMessage?: { readonly headersSent?: boolean } | null
  }
  return message?.headersSent === true
}

/** Returns the answer to unreadable requests. The page that sent the request can read the reason, if its origin is allowed. */
export function createOnClientError({ allowsOrigin, refusals, clock }: ClientErrorOptions): OnClientError {
  return (error, tcp) => {
    const { code = '', rawPacket } = error as ParserError
    if (code === 'ECONNRESET' || !tcp.writable || isAnswering(tcp)) return void tcp.destroy()
    const [status, message] = REFUSALS[code] ?? [400, 'This is no request that can be read.']
    const head = rawPacket?.toString('latin1') ?? ''
    const headers = { origin: headerIn(head, 'origin'), host: headerIn(head, 'host') }
    const isAllowed = headers.origin !== undefined && allowsOrigin({ headers })
    const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] })
    const lines = Object.entries({
      connection: 'close',
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      vary: 'Origin',
      ...(isAllowed && headers.origin !== undefined ? corsHeaders(headers.origin) : {}),
    }).map(([name, value]) => `${name}: ${value}`)
    refusals.report({ transport: 'http', answer: status, reason: message, advice: status === 431 ? ADVICE : undefined })
    // Bytes that still come are read and dropped. A connection that is closed with unread bytes is reset, and the answer is lost with it.
    tcp.resume()
    clock.after(GOODBYE_MS, () => tcp.destroy())
    tcp.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
  }
}
