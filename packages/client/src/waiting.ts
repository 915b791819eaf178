/** Times in milliseconds. The defaults notice a dead path within 20 s, and come back within 1 s of a restart. */
export interface ClientTimes {
  /** How long the connection is quiet before it is tried with a ping. */
  readonly ping: number
  /** How long the answer to a ping may take. */
  readonly pong: number
  /** How long an attempt to connect may take. */
  readonly connecting: number
  /** The shortest wait between two attempts; it doubles with each. */
  readonly retry: number
  /** The longest that the wait grows to; up to so much more or less is random. */
  readonly longestRetry: number
  /** How long a stream of Server-Sent Events may be silent: Herald sends something every 12 s. */
  readonly silence: number
  /** How often it is tried whether WebSockets get through again. */
  readonly tryWebSocket: number
}

export const TIMES: ClientTimes = {
  ping: 15_000,
  pong: 5_000,
  connecting: 6_000,
  retry: 500,
  longestRetry: 20_000,
  silence: 20_000,
  tryWebSocket: 120_000,
}

/** What tells that the network or the page is back: `window` in a browser. In React Native, give one that AppState and NetInfo feed. */
export interface WakeEvents {
  addEventListener(name: string, listener: () => void): void
  removeEventListener(name: string, listener: () => void): void
}

/** The events at which it is looked whether the connection is alive. */
const WAKING = ['online', 'pageshow', 'visibilitychange', 'resume'] as const

/** Waits between attempts, until it is time or something wakes it. */
export interface Waiting {
  /** Waits before the attempt with this number, from 0: bounded, and another time for each client. */
  readonly backoff: (attempt: number) => Promise<void>
  /** Calls a function whenever the network or the page is back. What it returns ends that. */
  readonly onWake: (listener: () => void) => () => void
  /** Ends all waits now. */
  readonly wake: () => void
  /** Begins to listen to events, until what it returns is called. */
  readonly listen: () => () => void
}

/** Creates the waits of a client. Nothing is listened to before `listen`. */
export function createWaiting(
  { retry, longestRetry }: ClientTimes,
  random: () => number,
  events: Partial<WakeEvents>,
): Waiting {
  const listeners = new Set<() => void>()
  const onWake = (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const wake = (): void => {
    for (const listener of [...listeners]) listener()
  }
  return {
    backoff: (attempt) =>
      new Promise((resolve) => {
        const done = (): void => {
          forget()
          clearTimeout(timer)
          resolve()
        }
        const forget = onWake(done)
        const timer = setTimeout(done, retry + random() * Math.min(longestRetry, retry * 2 ** attempt))
      }),
    onWake,
    wake,
    listen: () => {
      for (const name of WAKING) events.addEventListener?.(name, wake)
      return () => {
        for (const name of WAKING) events.removeEventListener?.(name, wake)
      }
    },
  }
}
