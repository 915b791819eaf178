import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { AddressOf } from '../lib/client-address.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { createTurnLimiter } from '../lib/limiter.ts'
import type { Limits } from '../lib/limits.ts'
import { createRate, take } from '../lib/rate.ts'
import { createHandshakes, type Handshakes } from './handshakes.ts'
import { isAt } from './http.ts'
import type { AllowsOrigin } from './origins.ts'
import type { Refusals } from './refusals.ts'
import type { Reject, ServerStats } from './server-stats.ts'
import type { Strangers } from './strangers.ts'

export interface AdmissionOptions {
  /** The path at which WebSockets are accepted. */
  readonly path: string
  readonly limits: Limits
  readonly allowsOrigin: AllowsOrigin
  readonly addressOf: AddressOf
  readonly strangers: Strangers
  readonly isDraining: () => boolean
  readonly stats: ServerStats
  readonly refusals: Refusals
  readonly clock: Clock
}

/** Decides which requests may become WebSockets, and when. */
export interface Admission {
  /**
   * Admits a request, or answers it with a status. When it is the turn of the request, `begin` is called with the address of the client and
   * with `leave`, which is to be called when the handshake was acknowledged or has failed.
   */
  enter(request: IncomingMessage, tcp: Duplex, begin: (address: string, leave: Cancel) => void): void
  readonly handshakes: Handshakes
}

interface Refusal {
  readonly status: number
  readonly message: string
  readonly retryAfterSeconds?: number
  readonly advice?: string
}

const UNKNOWN =
  'Handshakes of this address were broken off, or their tokens refused. Behind a proxy? Set TRUST_PROXY. Otherwise raise MAX_ANONYMOUS_PER_SECOND.'
const FULL =
  'Normal when everybody reconnects; otherwise raise MAX_CONNECTIONS_PER_SECOND or MAX_HANDSHAKES, or add nodes.'

/** A refused client is told to come back in 1 to so many seconds, at random, so that they do not all come together. */
const MAX_RETRY_AFTER_SECONDS = 3

function later(): number {
  return 1 + Math.floor(Math.random() * MAX_RETRY_AFTER_SECONDS)
}

function answer(tcp: Duplex, { status, message, retryAfterSeconds }: Refusal): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(message)}`,
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
  ]
  tcp.once('finish', () => tcp.destroy())
  tcp.end(`${head.join('\r\n')}\r\n\r\n${message}`)
}

/** How many handshakes begin in one turn of the event loop, so that open connections are served in between. */
const HANDSHAKES_PER_LOOP = 10

/**
 * Returns the admission of WebSockets. Reasons to refuse are checked first, the cheapest before the others. A request that may come in
 * waits for a free handshake.
 */
export function createAdmission(options: AdmissionOptions): Admission {
  const { path, limits, allowsOrigin, addressOf, strangers, isDraining, stats, refusals, clock } = options
  const rate = createRate(limits.connectionsPerSecond, clock.now())
  const handshakes = createHandshakes({
    clock,
    atOnce: limits.handshakes,
    perAddress: limits.handshakesPerAddress,
    maxWaiting: limits.waitingHandshakes,
    maxWaitMs: limits.handshakeWaitMs,
  })

  const takeTurn = createTurnLimiter(HANDSHAKES_PER_LOOP)

  const refuse = (tcp: Duplex, reason: Reject, refusal: Refusal): void => {
    const { status, message, advice } = refusal
    stats.rejects.add(reason)
    // A refused origin was already reported, with the origin itself.
    if (reason !== 'origin') refusals.report({ transport: 'websocket', answer: status, reason: message, advice })
    answer(tcp, refusal)
  }
  const refuseDraining = (tcp: Duplex): void =>
    refuse(tcp, 'draining', { status: 503, message: 'This server is going away.', retryAfterSeconds: 1 })

  return {
    handshakes,
    enter: (request, tcp, begin) => {
      if (!isAt(request, path)) {
        return refuse(tcp, 'path', { status: 404, message: `WebSockets are at ${path}.` })
      }
      if (!allowsOrigin(request)) {
        refusals.reportOrigin(request, 'websocket')
        return refuse(tcp, 'origin', { status: 403, message: 'This origin is not allowed.' })
      }
      if (isDraining()) return refuseDraining(tcp)
      const { key, isShared } = addressOf(request)
      // All clients may have this address, so one bad client would keep out the others.
      const strangerWaitMs = isShared ? 0 : strangers.waitMs(key)
      if (strangerWaitMs > 0) {
        const retryAfterSeconds = Math.ceil(strangerWaitMs / 1_000)
        const message = 'Too many connections without a valid token from this address.'
        return refuse(tcp, 'anonymous_per_second', { status: 429, message, retryAfterSeconds, advice: UNKNOWN })
      }
      const waitMs = take(rate, clock.now())
      const full = { status: 503, message: 'Too many new connections.', advice: FULL }
      if (waitMs > 0) {
        const retryAfterSeconds = Math.ceil(waitMs / 1_000)
        return refuse(tcp, 'connections_per_second', { ...full, retryAfterSeconds })
      }
      let leave: Cancel = () => {}
      // The connection can be lost before it has become a WebSocket.
      const abandon = (): void => leave()
      tcp.once('close', abandon)
      leave = handshakes.enter({
        address: isShared ? undefined : key,
        begin: (over) => {
          const end = (): void => {
            tcp.off('close', abandon)
            over()
          }
          void takeTurn().then(() => {
            // The drain may have begun while the request waited.
            if (!isDraining()) return begin(key, end)
            refuseDraining(tcp)
            end()
          })
        },
        refuse: (reason) => refuse(tcp, reason, { ...full, retryAfterSeconds: later() }),
      })
    },
  }
}
