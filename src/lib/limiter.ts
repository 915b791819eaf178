import { setImmediate as nextTurn } from 'node:timers/promises'

/** Waits for a turn. */
export type TakeTurn = () => Promise<void>

/** A turn that took less needs no rest. */
const SHORT_MS = 2

/** Resolves behind what was begun before, as far as that goes on without waiting. */
function afterThat(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

/**
 * Gives turns in the order of asking, `perLoop` in each turn of the event loop: however many want to work at once, the process attends to others in
 * between. With `maxRestMs`, what took long is followed by as long a rest for others, up to that many milliseconds.
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

/** Lets the event loop turn when work has kept it for too long; undefined: there is no need yet. */
export type YieldToLoop = () => Promise<void> | undefined

/**
 * For work that goes on in one turn of the event loop, step by step, however many want to work at once. Called before each step,
 * it sees to it that others have their turn after about `maxMs` milliseconds.
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

/** Waits for a turn of this owner's, or of whatever it is done for; undefined: it is now. */
export type TakeTimedTurn = (owner: string) => Promise<void> | undefined

/** Turns for which one waits only when something in this turn of the event loop took long. */
export interface TimeLimiter {
  readonly take: TakeTimedTurn
  /** Whether anybody may have to wait. */
  isBusy(): boolean
  /** The same for what can take long itself: from then on the time counts. */
  readonly takeLong: TakeTimedTurn
  /** Something has been done since then (`performance.now()`) that can take long. */
  began(since: number): void
}

/** What begins when its turn comes. */
type Turns = (() => void)[]

/**
 * Makes turns of which none is given in a turn of the event loop in which what was begun has taken `maxMs` milliseconds: however much is to
 * be done at once, the process attends to others in between. Those who wait have one turn each in the order of coming, and then another:
 * who asks for a hundred at once does not make the others wait for all of them. The turns of one owner come in the order of asking; an
 * owner one of whose turns took as long as that alone waits as long again for the next one, so that it has half of the time at most.
 */
export function createTimeLimiter(maxMs: number): TimeLimiter {
  /** What waits; the owner that comes next is the first. */
  const waiting = new Map<string, Turns>()
  /** What waits of owners whose last turn was long. */
  const resting = new Map<string, Turns>()
  let beganAt: number | undefined

  const hasTime = (): boolean => beganAt === undefined || performance.now() - beganAt < maxMs

  const goOn = (owner: string, turns: Turns): void => {
    resting.delete(owner)
    if (turns.length === 0) return
    waiting.set(owner, turns)
    if (beganAt === undefined) void give()
  }

  /** Gives one turn to whoever comes next. */
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
