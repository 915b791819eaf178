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

/** Waits for a turn of this owner's, or of whatever it is done for; undefined: it is now. */
export type TakeTimedTurn = (owner: string) => Promise<void> | undefined

/** Turns for which one waits only when something in this turn of the event loop took long. */
export interface TimedTurns {
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

/** Resolves behind what was begun before, as far as that goes on without waiting. */
const afterThat = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

/**
 * Makes turns of which none is given in a turn of the event loop in which what was begun has taken `maxMs` milliseconds: however much is to
 * be done at once, the process attends to others in between. Those who wait have one turn each in the order of coming, and then another:
 * who asks for a hundred at once does not make the others wait for all of them. The turns of one owner come in the order of asking; an
 * owner one of whose turns took as long as that alone waits as long again for the next one, so that it has half of the time at most.
 */
export const createTimedTurns = (maxMs: number): TimedTurns => {
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
