import { CommandError } from './command.ts'

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** A size for people, such as `12.5 MiB`. */
export function sizeOf(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  const value = bytes / 1024 ** power
  return `${power > 0 && value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`
}

/** What is smaller needs no word about how far it is, in bytes. */
const LARGE = 64 * 1024 * 1024
/** How long it says nothing, unless a tenth more is done, in milliseconds. */
const QUIET_MS = 1_000

/** Says on standard error how far something large is, and stops it at a signal. */
export interface Progress {
  /** How much of how much is done. Throws CommandError when it was interrupted. */
  readonly onProgress: (done: number, total: number) => void
  /** Must be called once when it is over. */
  end(): void
}

/** Begins to watch. `describe` makes the sentence, such as `Copied 12 MiB of 40 MiB`. */
export function openProgress(describe: (done: number, total: number) => string): Progress {
  let signal: NodeJS.Signals | undefined
  let last = { at: performance.now(), percent: 0 }
  const interrupt = (name: NodeJS.Signals): void => {
    signal = name
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt)
  return {
    onProgress: (done, total) => {
      if (signal) throw new CommandError(`Stopped by ${signal}. Nothing was changed.`)
      if (total < LARGE) return
      const percent = Math.floor((100 * done) / total)
      if (percent < last.percent + 10 && performance.now() < last.at + QUIET_MS) return
      last = { at: performance.now(), percent }
      process.stderr.write(`${describe(done, total)} (${percent} %)\n`)
    },
    end: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, interrupt)
    },
  }
}
