import { CommandError } from './command.ts'

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** A size for people, such as `12.5 MiB`. */
export function sizeOf(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  const value = bytes / 1024 ** power
  return `${power > 0 && value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`
}

/** Work of fewer bytes prints no progress. */
const LARGE = 64 * 1024 * 1024
/** The least time between two lines of progress in milliseconds, unless a tenth more is done. */
const QUIET_MS = 1_000

/** Prints the progress of large work on standard error, and stops the work at SIGINT and SIGTERM. */
export interface Progress {
  /** Call it with how many bytes of how many are done. Throws a CommandError when a signal has come. */
  readonly onProgress: (done: number, total: number) => void
  /** Call it once when the work is over: signals have their usual effect again. */
  end(): void
}

/** Begins to watch for signals. `describe` makes the sentence of the progress, such as `Copied 12 MiB of 40 MiB`. */
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
