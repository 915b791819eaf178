import type { Cancel, Clock } from './clock.ts'

export interface NotedOptions<Value> {
  readonly clock: Clock
  /** Writes some values, at most `MAX_PER_STEP`. */
  readonly write: (values: readonly Value[]) => Promise<void>
  /** Makes one value of two of the same key, of which `last` was noted last. */
  readonly merge: (first: Value, last: Value) => Value
  /** Called when values could not be written. They are written later. */
  readonly onFailure: (error: unknown) => void
}

/** Values that are written some time after they were noted, together with others. What is noted of one key meanwhile is written once. */
export interface Noted<Value> {
  /** Notes a value. It is written within about two seconds, or later with more than 1,000 keys. */
  note(key: string, value: Value): void
  /** Forgets the values of which this is true, unless they are being written. */
  forget(isOver: (value: Value) => boolean): void
  /** Writes everything, and ends. Never rejects. */
  close(): Promise<void>
}

/** A round begins this long after the first value was noted. Its steps are spread over as long, so that a busy second holds up nobody. */
const ROUND_MS = 1_000
/** The most values of one step. On SQLite a step keeps the event loop for a millisecond or two. */
const MAX_PER_STEP = 250
/** The least time between two steps. So a node writes 1,000 values a second at most; with more, values wait longer, and more are merged. */
const STEP_MS = 250

/** An empty `Noted`. It has a timer only while something waits to be written. */
export function createNoted<Value>({ clock, write, merge, onFailure }: NotedOptions<Value>): Noted<Value> {
  const waiting = new Map<string, Value>()
  let cancel: Cancel | undefined
  let writing: Promise<void> = Promise.resolve()
  let stepsLeft = 0
  let pauseMs = ROUND_MS

  const put = (key: string, value: Value): void => {
    const known = waiting.get(key)
    waiting.set(key, known === undefined ? value : merge(known, value))
  }

  const step = async (): Promise<boolean> => {
    const batch = [...waiting.entries().take(MAX_PER_STEP)]
    for (const [key] of batch) waiting.delete(key)
    try {
      if (batch.length > 0) await write(batch.map(([, value]) => value))
      return true
    } catch (error) {
      onFailure(error)
      const newer = [...waiting]
      waiting.clear()
      for (const [key, value] of [...batch, ...newer]) put(key, value)
      return false
    }
  }

  const run = (): void => {
    cancel = undefined
    if (stepsLeft <= 0) {
      stepsLeft = Math.ceil(waiting.size / MAX_PER_STEP)
      pauseMs = Math.max(STEP_MS, ROUND_MS / Math.max(1, stepsLeft))
    }
    stepsLeft -= 1
    writing = writing.then(step).then((isWritten) => {
      if (!isWritten) stepsLeft = 0
      if (waiting.size > 0) schedule()
    })
  }

  const schedule = (): void => {
    cancel ??= clock.after(stepsLeft > 0 ? pauseMs : ROUND_MS, run)
  }

  return {
    note: (key, value) => {
      const isFirst = waiting.size === 0
      put(key, value)
      if (isFirst) schedule()
    },
    forget: (isOver) => {
      for (const [key, value] of waiting) if (isOver(value)) waiting.delete(key)
    },
    close: async () => {
      cancel?.()
      cancel = () => {}
      await writing
      while (waiting.size > 0 && (await step()));
    },
  }
}
