import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError, type ErrorCode } from '../lib/errors.ts'
import type { OnceAMinute } from '../lib/once-a-minute.ts'

/** What was not let in or not done, as operators read of it. */
export interface Refused {
  readonly transport: 'http' | 'websocket'
  /** The status, the close code, or the code of the error that the client got. */
  readonly answer: number | ErrorCode
  /** Why, in the words that the client was given. */
  readonly reason: string
  /** What to set or to do, where something can be done about it. */
  readonly advice?: string | undefined
  readonly origin?: string | undefined
  readonly path?: string | undefined
}

/** Tells operators what was refused: a warning per kind and minute. */
export interface Refusals {
  report(refused: Refused): void
  /** Requests come through a proxy that is not believed. */
  reportProxy(): void
  /** A page that is not among the allowed origins. */
  reportOrigin(request: Pick<IncomingMessage, 'headers'>, transport: Refused['transport']): void
}

const MAX_LENGTH = 200

function cut(text: string): string {
  return text.slice(0, MAX_LENGTH)
}

/** What helps against a status, whatever brought it about. */
const ADVICE: Readonly<Record<number, string>> = {
  404: 'GraphQL is at /graphql, over HTTP and WebSocket.',
  413: 'Send less at once, or raise MAX_REQUEST_BYTES.',
  503: 'See the lines before this one, and /ready.',
}

/** Whether `origin` can be configured: a page without one of its own, such as a sandboxed frame, says "null". */
function adviceFor(origin: string, origins: readonly string[] | undefined): string {
  return URL.canParse(origin)
    ? `If this page is yours, set FRONTEND_URL=${[...(origins ?? []), origin].join(',')}`
    : 'This page has no origin that could be configured.'
}

/** Makes the telling. `origins` are those that are configured. */
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

/** Tells of a token that is refused or a limit that is reached; whatever else an operation is refused for is between it and its client. */
export function reportError({ report }: Refusals, closeCode: number | undefined, error: unknown): void {
  if (!(error instanceof AppError) || error.code === 'BAD_USER_INPUT') return
  report({ transport: 'websocket', answer: closeCode ?? error.code, reason: error.message, advice: error.advice })
}

interface Explanation {
  readonly reason: string
  readonly advice: string | undefined
}

const explanations = new WeakMap<ServerResponse, Explanation>()

/** Notes why a response will be a refusal; the first explanation counts. */
export function explain(response: ServerResponse, reason: string, advice?: string): void {
  if (!explanations.has(response)) explanations.set(response, { reason, advice })
}

/** Notes an error, if it is one that its client may read. */
export function explainError(response: ServerResponse, error: unknown): void {
  if (error instanceof AppError) explain(response, error.message, error.advice)
}

/** Tells of a response that was a refusal. What failed is an error of its own in the log, and a wrong document is its client's. */
export function reportRefusal({ report }: Refusals, { method, url }: IncomingMessage, response: ServerResponse): void {
  const { statusCode: status } = response
  if (status < 400 || status === 500) return
  const { reason, advice = ADVICE[status] } = explanations.get(response) ?? { reason: 'The request is wrong.' }
  const path = `${method} ${url?.split('?')[0]}`
  report({ transport: 'http', answer: status, reason, advice, path })
}
