import type { JsonShape } from '../lib/json-text.ts'

/** Reading more than this as JSON, and checking the document in it, can take milliseconds. */
const LARGE_BYTES = 2 * 1024

/** What took less needs no rest. */
const SHORT_MS = 2
const MAX_REST_MS = 100

/** Whether what was sent is read in its turn. */
export const isLarge = ({ length }: { readonly length: number }): boolean => length > LARGE_BYTES

/** Reading a value takes as long as reading so many bytes of text. */
const BYTES_PER_VALUE = 32

/** As many bytes as JSON text counts for: those that it has, or more when it has many small values. */
export const weightOf = ({ length }: { readonly length: number }, { values }: JsonShape): number =>
  Math.max(length, BYTES_PER_VALUE * values)

const waiting: (() => number)[] = []
let isGiving = false

/** One in each turn of the event loop; what took long is followed by as long a time for others. */
const give = (): void => {
  const tookMs = waiting.shift()?.()
  isGiving = tookMs !== undefined
  if (tookMs === undefined) return
  if (tookMs < SHORT_MS) setImmediate(give)
  else setTimeout(give, Math.min(tookMs, MAX_REST_MS))
}

/** Reads what is large when it is its turn, whichever transport brought it: `read` does so at once. Rejects when that throws. */
export const readInTurn = <Result>(read: () => Result): Promise<Result> =>
  new Promise((resolve, reject) => {
    waiting.push(() => {
      const began = performance.now()
      try {
        resolve(read())
      } catch (error) {
        reject(error)
      }
      return performance.now() - began
    })
    if (isGiving) return
    isGiving = true
    setImmediate(give)
  })
