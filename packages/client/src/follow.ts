import type { HeraldClient } from './client.ts'
import { AGAIN_MS, type HeraldError, ofFaults, toHeraldError, tryAgain } from './errors.ts'

/** What a store does with a subscription. */
export interface Following<Data> {
  /** A result; `isFirst` is true for the first one of each connection. `mayHaveGap` is true when something may have been missed before it. */
  readonly next: (data: Data, about: { readonly isFirst: boolean; readonly mayHaveGap: boolean }) => void
  /** Something is wrong. It is tried again when it passes. */
  readonly failed: (error: HeraldError) => void
}

/**
 * Follows a subscription across breaks and passing refusals, until what it returns is called or an error does not pass. `request` is asked
 * each time that it begins anew.
 */
export function follow<Data>(
  client: Pick<HeraldClient, 'subscribe' | 'internals'>,
  request: () => { readonly query: string; readonly variables?: Record<string, unknown> },
  { next, failed }: Following<Data>,
): () => void {
  let isStopped = false
  let stop = (): void => {}
  const begin = (): void => {
    stop = client.subscribe(request(), {
      next: ({ data, errors, extensions }, isFirst) => {
        if (isStopped) return
        if (data) next(data as Data, { isFirst, mayHaveGap: extensions?.['resume'] === 'expired' })
        else if (errors) failed(ofFaults(errors))
      },
      error: (cause) => {
        if (isStopped) return
        const error = toHeraldError(cause)
        failed(error)
        if (!isStopped) stop = tryAgain(error, client.internals.waiting, begin)
      },
      // Herald completes what it cannot go on with, and says why when it is begun again.
      complete: () => {
        if (isStopped) return
        const timer = setTimeout(begin, AGAIN_MS)
        stop = () => clearTimeout(timer)
      },
    })
  }
  begin()
  return () => {
    isStopped = true
    stop()
  }
}
