import type { Cancel, Clock } from '../lib/clock.ts'

export interface CanaryOptions {
  readonly clock: Clock
  /** How often a message goes out and back, in milliseconds. */
  readonly ms: number
  /** All of a round came back, the last one after so many milliseconds. */
  readonly onReturn: (lagMs: number) => void
  /** Nothing came back of one of them for two rounds, or the first round did not begin in that time. */
  readonly onSilence: () => void
}

/** Sends a message through each path again and again, and expects it back, from the beginning. */
export interface Canary {
  /** Begins to send to these channels. */
  start(channels: readonly string[], send: (channel: string) => void): void
  returned(channel: string): void
  stop: Cancel
}

/** Watches over paths of messages, each through a channel of its own. */
export function createCanary({ clock, ms, onReturn, onSilence }: CanaryOptions): Canary {
  const missing = new Set<string>()
  let sentAt: number | undefined
  let cancelNext: Cancel = () => {}
  let cancelDeadline: Cancel = () => {}

  const wait = (): void => {
    cancelDeadline()
    // In two steps: when this process was busy for long, what waits in its socket is read between them.
    cancelDeadline = clock.after(ms, () => {
      cancelDeadline = clock.after(ms, onSilence)
    })
  }
  const start = (channels: readonly string[], send: (channel: string) => void): void => {
    if (missing.size === 0) {
      sentAt = clock.now()
      for (const channel of channels) missing.add(channel)
    }
    for (const channel of missing) send(channel)
    cancelNext = clock.after(ms, () => start(channels, send))
  }

  wait()
  return {
    start,
    returned: (channel) => {
      if (!missing.delete(channel) || missing.size > 0) return
      wait()
      if (sentAt !== undefined) onReturn(clock.now() - sentAt)
    },
    stop: () => {
      cancelDeadline()
      cancelNext()
    },
  }
}
