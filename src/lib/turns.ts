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

/** Waits for a turn; undefined: it is now. */
export type TakeTimedTurn = () => Promise<void> | undefined

/** Resolves behind what was begun before, as far as that goes on without waiting. */
const afterThat = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

/**
 * Gives turns in the order of asking, and in each turn of the event loop as many as begin before what they do at once has taken `maxMs`
 * milliseconds: however many want to work at once, the process attends to others in between.
 */
export const createTimedTurns = (maxMs: number): TakeTimedTurn => {
  const waiting: (() => void)[] = []
  let began: number | undefined

  const hasTime = (): boolean => began === undefined || performance.now() - began < maxMs

  const give = async (): Promise<void> => {
    began = performance.now()
    while (waiting.length > 0 && hasTime()) {
      waiting.shift()?.()
      await afterThat()
    }
    setImmediate(waiting.length > 0 ? give : rest)
  }

  const rest = (): void => {
    began = undefined
    if (waiting.length > 0) void give()
  }

  return () => {
    if (began === undefined) {
      began = performance.now()
      setImmediate(rest)
      return undefined
    }
    if (waiting.length === 0 && hasTime()) return undefined
    return new Promise((resolve) => waiting.push(resolve))
  }
}
