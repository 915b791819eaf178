import { setImmediate as nextTurn } from 'node:timers/promises'

/** Resolves when the caller's turn has come. */
export type TakeTurn = () => Promise<void>

/** A turn that took less than this is followed by no rest. */
const SHORT_MS = 2

/** Resolves when work that was begun before has gone as far as it can without waiting for input or output. */
function afterThat(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

/**
 * Gives turns in the order of asking, `perLoop` of them in each turn of the event loop. So however many callers want to work at once, the
 * process handles other events in between. With `maxRestMs`, work of at least 2 ms is followed by a rest as long as it took, at most
 * `maxRestMs`.
 */
export function createTurnLimiter(perLoop: number, maxRestMs = 0): TakeTurn {
  const waiting: (() => void)[] = []
  let isGiving = false

  const rest = (tookMs: number): void => {
    if (tookMs < SHORT_MS) setImmediate(give)
    else setTimeout(give, Math.min(tookMs, maxRestMs))
  }

  const give = (): void => {
    isGiving = waiting.length > 0
    if (!isGiving) return
    const began = performance.now()
    for (const begin of waiting.splice(0, perLoop)) begin()
    if (maxRestMs === 0) setImmediate(give)
    else void afterThat().then(() => rest(performance.now() - began))
  }

  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (isGiving) return
      isGiving = true
      setImmediate(give)
    })
}

/** Returns a promise to wait for when work has kept the event loop for too long; undefined while there is no need. */
export type YieldToLoop = () => Promise<void> | undefined

/**
 * For work of many steps that would go on in one turn of the event loop. Call the returned function before each step, and await what it
 * returns. All callers together then keep the event loop for about `maxMs` milliseconds at a time.
 */
export function createYieldToLoop(maxMs: number): YieldToLoop {
  let began: number | undefined
  const forget = (): void => {
    began = undefined
  }
  return () => {
    const now = performance.now()
    if (began === undefined) {
      began = now
      setImmediate(forget)
      return undefined
    }
    return now - began < maxMs ? undefined : nextTurn()
  }
}

/** Resolves when the next turn of `owner` has come, such as a user or a source of results. Undefined: the turn is now. */
export type TakeTimedTurn = (owner: string) => Promise<void> | undefined

/** Turns for which callers wait only when work in this turn of the event loop has taken long. */
export interface TimeLimiter {
  readonly take: TakeTimedTurn
  /** Whether a caller of `take` may have to wait now. */
  isBusy(): boolean
  /** `take` for work that can take long itself: its time counts from the beginning of its turn. */
  readonly takeLong: TakeTimedTurn
  /** Counts the time of work that has begun without a turn; `since` is as `performance.now()`. */
  began(since: number): void
}

/** Functions that begin work, called one per turn. */
type Turns = (() => void)[]

/**
 * A limiter that gives no further turn once work in this turn of the event loop has taken `maxMs` milliseconds. So the process handles
 * other events in between, however much is to be done. Owners who wait have one turn each, in the order of coming, and then the next one.
 * So an owner who asks for a hundred turns does not make others wait for all of them. The turns of one owner come in the order of asking.
 * When a turn took `maxMs` or longer, its owner then waits for as long as it took. So one owner has at most half of the time.
 */
export function createTimeLimiter(maxMs: number): TimeLimiter {
  /** Turns that wait, by owner. The first owner comes next. */
  const waiting = new Map<string, Turns>()
  /** Turns that wait, of owners who have to rest or whose turn is under way. */
  const resting = new Map<string, Turns>()
  let beganAt: number | undefined

  const hasTime = (): boolean => beganAt === undefined || performance.now() - beganAt < maxMs

  const goOn = (owner: string, turns: Turns): void => {
    resting.delete(owner)
    if (turns.length === 0) return
    waiting.set(owner, turns)
    if (beganAt === undefined) void give()
  }

  /** Gives one turn to an owner, and lets the owner wait for the next one, or rest before it. */
  const giveOne = async ([owner, turns]: readonly [string, Turns]): Promise<void> => {
    waiting.delete(owner)
    resting.set(owner, turns)
    const at = performance.now()
    turns.shift()?.()
    await afterThat()
    const tookMs = performance.now() - at
    if (tookMs < maxMs) goOn(owner, turns)
    else setTimeout(goOn, tookMs, owner, turns)
  }

  const give = async (): Promise<void> => {
    beganAt = performance.now()
    do {
      const [next] = waiting
      if (next) await giveOne(next)
    } while (waiting.size > 0 && hasTime())
    setImmediate(waiting.size > 0 ? give : rest)
  }

  const rest = (): void => {
    beganAt = undefined
    if (waiting.size > 0) void give()
  }

  const wait = (owner: string, begin: () => void): void => {
    const turns = waiting.get(owner) ?? resting.get(owner)
    if (turns) turns.push(begin)
    else waiting.set(owner, [begin])
  }

  const take: TakeTimedTurn = (owner) => {
    const isFree = beganAt === undefined || (waiting.size === 0 && hasTime())
    if (isFree && !resting.has(owner)) return undefined
    return new Promise((resolve) => wait(owner, resolve))
  }

  const began = (since: number): void => {
    if (beganAt !== undefined) return
    beganAt = since
    setImmediate(rest)
  }

  return {
    take,
    isBusy: () => beganAt !== undefined || resting.size > 0,
    takeLong: (owner) => {
      const turn = take(owner)
      if (!turn) began(performance.now())
      return turn
    },
    began,
  }
}
