import type { Waiting } from './waiting.ts'

/** What Herald says is wrong, as one entry of `errors` in a result. */
interface GraphQLFault {
  readonly message: string
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
}

/** Why something failed. */
export class HeraldError extends Error {
  override readonly name = 'HeraldError'
  /** `extensions.code` of Herald's errors, such as `NOT_FOUND`. `CONNECTION` when the connection failed for good, `DISPOSED` after `dispose()`. */
  readonly code: string
  /** All `extensions` of the error, such as `reason` of a `CONFLICT`. */
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(message: string, code: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.extensions = extensions
  }

  /** After how many milliseconds the same can succeed; null when Herald does not say. */
  get retryAfterMs(): number | null {
    const { retryAfterMs } = this.extensions
    return typeof retryAfterMs === 'number' ? retryAfterMs : null
  }
}

/** What can be tried again as it is: Herald, or a part that it needs, is busy or away. */
const BUSY = /^(RATE_LIMITED|SERVICE_UNAVAILABLE|INTERNAL_SERVER_ERROR)$/
/** What another token can cure. */
const NO_ENTRY = /^(CONNECTION|UNAUTHENTICATED)$/
/** How long is waited after what passes, in milliseconds, when Herald does not say. */
export const AGAIN_MS = 2_000

/** Whether the same can succeed later. */
export function isPassing({ code }: HeraldError): boolean {
  return BUSY.test(code) || NO_ENTRY.test(code)
}

/**
 * Calls a function once when what failed can succeed: after some time, or, where another token is needed, when the client connects anew or the
 * page or the network is back. Never, when it does not pass. What it returns ends that.
 */
export function tryAgain({ code, retryAfterMs }: HeraldError, { onWake }: Waiting, again: () => void): () => void {
  let end = (): void => {}
  if (NO_ENTRY.test(code)) {
    end = onWake(() => {
      end()
      again()
    })
  } else if (BUSY.test(code)) {
    const timer = setTimeout(again, retryAfterMs ?? AGAIN_MS)
    end = () => clearTimeout(timer)
  }
  return end
}

/** Makes an error of the first of Herald's `errors`. */
export function ofFaults(faults: readonly GraphQLFault[]): HeraldError {
  const { message = 'Herald gave no reason.', extensions = {} } = faults[0] ?? {}
  return new HeraldError(message, String(extensions['code'] ?? 'INTERNAL_SERVER_ERROR'), extensions)
}

/** Makes an error of whatever ended an operation: Herald's `errors`, a close event, or an exception. */
export function toHeraldError(cause: unknown): HeraldError {
  if (cause instanceof HeraldError) return cause
  if (Array.isArray(cause)) return ofFaults(cause)
  const { message, reason, code } = (cause ?? {}) as Partial<Record<'message' | 'reason' | 'code', unknown>>
  const text = String(reason || message || 'The connection failed.')
  return new HeraldError(text, 'CONNECTION', code === undefined ? {} : { closeCode: code })
}
