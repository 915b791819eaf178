/** Waits for a turn. */
export type TakeTurn = () => Promise<void>

/**
 * Gives turns in the order of asking, so many in each turn of the event loop: however many want to work at once, the process attends
 * to others in between.
 */
export const createTurns = (perLoop: number): TakeTurn => {
  const waiting: (() => void)[] = []
  const give = (): void => {
    for (const begin of waiting.splice(0, perLoop)) begin()
    if (waiting.length > 0) setImmediate(give)
  }
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(give)
    })
}
