import type { HeraldClient } from './client.ts'
import { type HeraldError, isPassing, ofFaults, toHeraldError } from './errors.ts'

/** How long is waited before a subscription that Herald has refused for now is begun again, in milliseconds, when it does not say. */
const AGAIN_MS = 2_000

/** What a store does with a subscription. */
export interface Following<Data> {
  /** A result; `isFirst` is true for the first one of each connection. `mayHaveGap` is true when something may have been missed before it. */
  readonly next: (data: Data, about: { readonly isFirst: boolean; readonly mayHaveGap: boolean }) => void
  /** Something is wrong. `isOver` is true when it is not tried again. */
  readonly failed: (error: HeraldError, isOver: boolean) => void
}

/**
 * Follows a subscription across breaks and passing refusals, until what it returns is called or an error does not pass. `request` is asked
 * each time that it begins anew.
 */
export function follow<Data>(
  client: Pick<HeraldClient, 'subscribe'>,
  request: () => { readonly query: string; readonly variables?: Record<string, unknown> },
  { next, failed }: Following<Data>,
): () => void {
  let isStopped = false
  let stop = (): void => {}
  const again = (ms: number): void => {
    if (isStopped) return
    const timer = setTimeout(begin, ms)
    stop = () => clearTimeout(timer)
  }
  const begin = (): void => {
    stop = client.subscribe(request(), {
      next: ({ data, errors, extensions }, isFirst) => {
        if (isStopped) return
        if (data) next(data as Data, { isFirst, mayHaveGap: extensions?.['resume'] === 'expired' })
        else if (errors) failed(ofFaults(errors), false)
      },
      error: (cause) => {
        if (isStopped) return
        const error = toHeraldError(cause)
        const passes = isPassing(error)
        failed(error, !passes)
        if (passes) again(error.retryAfterMs ?? AGAIN_MS)
      },
      // Herald completes what it cannot go on with, and says why when it is begun again.
      complete: () => again(AGAIN_MS),
    })
  }
  begin()
  return () => {
    isStopped = true
    stop()
  }
}
