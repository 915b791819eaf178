import type { Cancel, Clock } from '../lib/clock.ts'

export interface CanaryOptions {
  readonly clock: Clock
  /** The time between two rounds of test messages, in milliseconds. */
  readonly ms: number
  /** Called when all messages of a round have come back. `lagMs` is how long the last one took. */
  readonly onReturn: (lagMs: number) => void
  /** Called when a message has not come back for two rounds, or when the first round has not begun in that time. */
  readonly onSilence: () => void
}

/** Proves that messages pass: sends a test message through each channel again and again, and expects it back. */
export interface Canary {
  /** Begins to send to these channels with `send`. */
  start(channels: readonly string[], send: (channel: string) => void): void
  /** Call it when the message to a channel has come back. */
  returned(channel: string): void
  /** Sends nothing more, and calls no callback any more. */
  stop: Cancel
}

/** A canary, whose first deadline begins now, even before `start`. */
export function createCanary({ clock, ms, onReturn, onSilence }: CanaryOptions): Canary {
  const missing = new Set<string>()
  let sentAt: number | undefined
  let cancelNext: Cancel = () => {}
  let cancelDeadline: Cancel = () => {}

  const wait = (): void => {
    cancelDeadline()
    // In two steps: when this process was busy for long, messages that wait in its socket are read between them.
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
