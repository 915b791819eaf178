import type { HeraldClient } from '../client.ts'
import { AGAIN_MS, isPassing, toHeraldError, tryAgain } from '../errors.ts'
import { cursorOf, type OperationSink, type Result } from '../operation.ts'

/** An operation as text, with its variables. */
export interface OperationRequest {
  readonly query: string
  readonly variables?: Record<string, unknown> | undefined
  readonly operationName?: string | undefined
}

/** What a subscription tells. */
export interface SubscriptionSink extends OperationSink {
  /** Something may have been missed: what is shown has to be loaded again. */
  gap(): void
}

/** Whether a result says that something may have been missed before it. */
function saysGap({ data, extensions }: Result): boolean {
  if (extensions?.['resume'] === 'expired') return true
  const events = Object.values(data ?? {}) as readonly ({ readonly __typename?: unknown } | null)[]
  return events.some((event) => event?.__typename === 'NotificationsReset')
}

/** Tells that an operation is over: what Herald says as a result with `errors`, as over HTTP, and all else as an error. */
function end(cause: unknown, sink: OperationSink): void {
  if (Array.isArray(cause)) {
    sink.next({ errors: cause } as Result, false)
    sink.complete()
  } else sink.error(toHeraldError(cause))
}

function after(ms: number) {
  return (begin: () => void): (() => void) => {
    const timer = setTimeout(begin, ms)
    return () => clearTimeout(timer)
  }
}

/**
 * Follows a subscription until what it returns is called, across breaks, and across ends that pass: a node that is busy, a cursor that is too
 * old, a token that is refused. A log goes on where it was. An end for good comes as a result with `errors` and then `complete`, or as `error`.
 */
export function keepSubscribed(
  { subscribe, internals: { over, waiting } }: HeraldClient,
  { query, variables = {}, operationName }: OperationRequest,
  sink: SubscriptionSink,
): () => void {
  const takesCursor = /\$after\b/.test(query)
  let cursor: string | null | undefined
  let isStopped = false
  let stop = (): void => {}

  const again = (wait: (begin: () => void) => () => void): void => {
    if (isStopped) return
    if (cursor !== undefined && !takesCursor) sink.gap()
    stop = wait(begin)
  }
  const fail = (cause: unknown): void => {
    const error = toHeraldError(cause)
    // Without a token that Herald takes, it begins when there is another one: how the connection is says why.
    if (isPassing(error)) again((begin) => tryAgain(error, waiting, begin))
    else if (error.code === 'CURSOR_EXPIRED' && takesCursor && cursor !== null) {
      cursor = null
      sink.gap()
      again(after(0))
    } else end(cause, sink)
  }
  const begin = (): void => {
    const named = operationName ? { operationName } : {}
    const moved = cursor === undefined ? variables : { ...variables, ...(takesCursor ? { after: cursor } : {}) }
    stop = subscribe(
      { query, variables: moved, ...named },
      {
        next: (result, isFirst) => {
          cursor = cursorOf(result) ?? cursor
          if (saysGap(result)) sink.gap()
          sink.next(result, isFirst)
        },
        error: (cause) => isStopped || fail(cause),
        // Herald completes what it cannot go on with, and says why when it is begun again.
        complete: () => {
          if (over.aborted) sink.complete()
          else again(after(AGAIN_MS))
        },
      },
    )
  }
  begin()
  return () => {
    isStopped = true
    stop()
  }
}

/** Asks for something over the connection, and waits for it where there is none. What it returns ends that. */
export function askOverConnection(
  { subscribe }: Pick<HeraldClient, 'subscribe'>,
  { query, variables = {}, operationName }: OperationRequest,
  sink: OperationSink,
): () => void {
  return subscribe(
    { query, variables, ...(operationName ? { operationName } : {}) },
    {
      next: (result, isFirst) => sink.next(result, isFirst),
      error: (cause) => end(cause, sink),
      complete: () => sink.complete(),
    },
  )
}
