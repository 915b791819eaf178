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
  /** Something has been done since then (`performance.now()`) that can take long. */
  began(since: number): void
}

/** Resolves behind what was begun before, as far as that goes on without waiting. */
const afterThat = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

/**
 * Makes turns of which none is given in a turn of the event loop in which what was begun has taken `maxMs` milliseconds: however much is to
 * be done at once, the process attends to others in between. Those who wait have one turn each in the order of coming, and then another:
 * who asks for a hundred at once does not make the others wait for all of them. The turns of one owner come in the order of asking.
 */
export const createTimedTurns = (maxMs: number): TimedTurns => {
  /** What waits; the owner that comes next is the first. */
  const waiting = new Map<string, (() => void)[]>()
  let beganAt: number | undefined

  const hasTime = (): boolean => beganAt === undefined || performance.now() - beganAt < maxMs

  const takeNext = (): (() => void) | undefined => {
    const [[owner, turns] = []] = waiting
    if (owner === undefined || !turns) return undefined
    waiting.delete(owner)
    const begin = turns.shift()
    if (turns.length > 0) waiting.set(owner, turns)
    return begin
  }

  const give = async (): Promise<void> => {
    beganAt = performance.now()
    for (let begin = takeNext(); begin; begin = hasTime() ? takeNext() : undefined) {
      begin()
      await afterThat()
    }
    setImmediate(waiting.size > 0 ? give : rest)
  }

  const rest = (): void => {
    beganAt = undefined
    if (waiting.size > 0) void give()
  }

  const wait = (owner: string, begin: () => void): void => {
    const turns = waiting.get(owner)
    if (turns) turns.push(begin)
    else waiting.set(owner, [begin])
  }

  return {
    take: (owner) => {
      if (beganAt === undefined || (waiting.size === 0 && hasTime())) return undefined
      return new Promise((resolve) => wait(owner, resolve))
    },
    began: (since) => {
      if (beganAt !== undefined) return
      beganAt = since
      setImmediate(rest)
    },
  }
}

/** The same for what can all take long: the time counts from the first turn that is taken. */
export const createTurnsInTime = (maxMs: number): TakeTimedTurn => {
  const { take, began } = createTimedTurns(maxMs)
  return (owner) => {
    const turn = take(owner)
    if (!turn) began(performance.now())
    return turn
  }
}
