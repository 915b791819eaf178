import { setTimeout } from 'node:timers/promises'

/** A time in which something was away. */
export interface Window {
  readonly fault: string
  /** How long it was until all nodes were ready again, in milliseconds. */
  readonly ms: number
}

/** Looks at `/ready` of some nodes all the time. */
export interface Readiness {
  /** Resolves when every node answers with this status. */
  everywhere(status: number): Promise<void>
  /** Does something that makes nodes not ready, and waits until all of them are again. */
  during(fault: string, act: () => Promise<void>): Promise<void>
  /** What was found: the windows, and what nodes answered outside of them beside 200. */
  stop(): Promise<{ readonly windows: readonly Window[]; readonly outside: readonly number[] }>
}

const EVERY_MS = 50

/** Begins to look. */
export function watchReadiness(urls: readonly string[]): Readiness {
  const windows: Window[] = []
  const outside: number[] = []
  let isExpected = false
  let isRunning = true
  const look = async (url: string): Promise<number> => (await fetch(new URL('/ready', url))).status

  const watch = async (url: string): Promise<void> => {
    while (isRunning) {
      const wasExpected = isExpected
      const status = await look(url)
      // An answer belongs to a window that was open when it was asked or when it came.
      if (status !== 200 && !wasExpected && !isExpected) outside.push(status)
      await setTimeout(EVERY_MS)
    }
  }
  const watching = Promise.all(urls.map(watch))

  const everywhere = async (status: number): Promise<void> => {
    while (!(await Promise.all(urls.map(look))).every((found) => found === status)) await setTimeout(EVERY_MS)
  }

  return {
    everywhere,
    during: async (fault, act) => {
      const from = Date.now()
      isExpected = true
      await act()
      await everywhere(200)
      isExpected = false
      windows.push({ fault, ms: Date.now() - from })
    },
    stop: async () => {
      isRunning = false
      await watching
      return { windows, outside }
    },
  }
}
