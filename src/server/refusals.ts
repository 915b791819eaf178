import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError, type ErrorCode } from '../lib/errors.ts'
import type { OnceAMinute } from '../lib/once-a-minute.ts'

/** A refused request, socket or operation, as operators read of it in the log. */
export interface Refused {
  readonly transport: 'http' | 'websocket'
  /** What the client got: an HTTP status, a close code, or the code of an error. */
  readonly answer: number | ErrorCode
  /** Why it was refused, in the words that the client was given. */
  readonly reason: string
  /** What an operator can set or do, where something can be done. */
  readonly advice?: string | undefined
  readonly origin?: string | undefined
  readonly path?: string | undefined
}

/** Logs refusals for operators, as a warning once per kind and minute. */
export interface Refusals {
  report(refused: Refused): void
  /** Reports that requests come through a proxy that is not configured, so that all of its clients look like one address. */
  reportProxy(): void
  /** Reports a request of a page whose origin is not allowed. */
  reportOrigin(request: Pick<IncomingMessage, 'headers'>, transport: Refused['transport']): void
}

const MAX_LENGTH = 200

function cut(text: string): string {
  return text.slice(0, MAX_LENGTH)
}

/** The advice for a status, for refusals that bring none of their own. */
const ADVICE: Readonly<Record<number, string>> = {
  404: 'GraphQL is at /graphql, over HTTP and WebSocket.',
  413: 'Send less at once, or raise MAX_REQUEST_BYTES.',
  503: 'See the lines before this one, and /ready.',
}

/**
 * The advice for a page whose origin was refused. A page without an origin of its own, such as a sandboxed frame, sends "null", which
 * cannot be configured.
 */
function adviceFor(origin: string, origins: readonly string[] | undefined): string {
  return URL.canParse(origin)
    ? `If this page is yours, set FRONTEND_URL=${[...(origins ?? []), origin].join(',')}`
    : 'This page has no origin that could be configured.'
}

/** Returns the log of refusals. `origins` are the configured ones: the advice for a refused origin shows them with that origin added. */
export function createRefusals(once: OnceAMinute, origins: readonly string[] | undefined): Refusals {
  const report = ({ reason, origin, path, ...refused }: Refused): void =>
    once.warn({
      rule: `${refused.transport} ${refused.answer}`,
      detail: cut(`${reason} ${origin ?? ''} ${path ?? ''}`),
      fields: {
        ...refused,
        reason: cut(reason),
        ...(origin === undefined ? {} : { origin: cut(origin) }),
        ...(path === undefined ? {} : { path: cut(path) }),
      },
      message: 'refused',
    })

  return {
    report,
    reportProxy: () =>
      once.warn({
        rule: 'proxy',
        detail: '',
        fields: { advice: 'Set TRUST_PROXY to the number of proxies in front of Herald, or to their addresses.' },
        message:
          'requests name another sender, and are not believed: all who come through that proxy share what an address may do',
      }),
    reportOrigin: ({ headers: { origin = '' } }, transport) =>
      report({
        transport,
        answer: 403,
        reason: 'This origin is not allowed.',
        origin,
        advice: adviceFor(cut(origin), origins),
      }),
  }
}

/**
 * Reports an error of a WebSocket if operators should know of it: a refused token, or a limit that was reached. BAD_USER_INPUT and errors
 * that are no AppError are left out. `closeCode` is the code with which the error closed the socket, if it did.
 */
export function reportError({ report }: Refusals, closeCode: number | undefined, error: unknown): void {
  if (!(error instanceof AppError) || error.code === 'BAD_USER_INPUT') return
  report({ transport: 'websocket', answer: closeCode ?? error.code, reason: error.message, advice: error.advice })
}

interface Explanation {
  readonly reason: string
  readonly advice: string | undefined
}

const explanations = new WeakMap<ServerResponse, Explanation>()

/** Notes why a response will be a refusal, for `reportRefusal`. Only the first reason of a response counts. */
export function explain(response: ServerResponse, reason: string, advice?: string): void {
  if (!explanations.has(response)) explanations.set(response, { reason, advice })
}

/** Notes the message of an error as `explain` does, if it is an AppError, which its client may read. */
export function explainError(response: ServerResponse, error: unknown): void {
  if (error instanceof AppError) explain(response, error.message, error.advice)
}

/**
 * Reports a response that was a refusal (a status of 400 or more), with the reason that was noted by `explain`. A 500 is left out, because
 * what failed is logged as an error.
 */
export function reportRefusal({ report }: Refusals, { method, url }: IncomingMessage, response: ServerResponse): void {
  const { statusCode: status } = response
  if (status < 400 || status === 500) return
  const { reason, advice = ADVICE[status] } = explanations.get(response) ?? { reason: 'The request is wrong.' }
  const path = `${method} ${url?.split('?')[0]}`
  report({ transport: 'http', answer: status, reason, advice, path })
}
