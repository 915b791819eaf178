import type { FormattedExecutionResult, SubscribePayload } from 'graphql-ws/client'

/** A result of an operation. `extensions` has what Herald says beside it, such as `cursor` and `resume`. */
export type Result = FormattedExecutionResult<Record<string, unknown>, Record<string, unknown>>

/** What receives the results of an operation. */
export interface OperationSink {
  /** `isFirst` is true for the first result of each connection: a state begins anew with it. */
  next(result: Result, isFirst: boolean): void
  /** The operation is over: an array of errors of GraphQL, a close event, or an exception. */
  error(cause: unknown): void
  /** The operation is over. */
  complete(): void
}

/** What carries operations to Herald. */
export interface Transport {
  /**
   * Begins an operation. After a break it goes on by itself, a log where it was. `cursor` is where a log is, when another transport
   * carried it before. What it returns ends the operation; the sink is not called any more then.
   */
  readonly start: (request: SubscribePayload, sink: OperationSink, cursor: string | undefined) => () => void
}

/** The place of a log behind a result; undefined when the result says none. */
export function cursorOf({ extensions }: Result): string | undefined {
  const cursor = extensions?.['cursor']
  return typeof cursor === 'string' ? cursor : undefined
}

/** A transport that is loaded with its first operation. An operation ends with an error when it cannot be loaded. */
export function lazyTransport(load: () => Promise<Transport>): Transport {
  return {
    start: (request, sink, cursor) => {
      let isStopped = false
      let stop = (): void => {
        isStopped = true
      }
      load().then(
        (transport) => {
          if (!isStopped) stop = transport.start(request, sink, cursor)
        },
        (error: unknown) => isStopped || sink.error(error),
      )
      return () => stop()
    },
  }
}
