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
  /** Call it with how many bytes of how many are done; of 0 when that is not known. Throws a CommandError when a signal has come. */
  readonly onProgress: (done: number, total: number) => void
  /** Call it once when the work is over: signals have their usual effect again. */
  end(): void
}

/** How progress is printed, and what a signal means. */
interface ProgressOptions {
  /** Work of fewer bytes prints nothing. Work of less than 64 MiB prints at most a line each second. */
  readonly least?: number
  /** What is said when a signal has stopped the work. */
  readonly stopped?: string
  /** Called with the error at once when a signal comes, for work that waits. */
  readonly onStop?: (error: CommandError) => void
}

/** Begins to watch for signals. `describe` makes the sentence of the progress, such as `Copied 12 MiB of 40 MiB`. */
export function openProgress(
  describe: (done: number, total: number) => string,
  { least = LARGE, stopped = 'Nothing was changed.', onStop }: ProgressOptions = {},
): Progress {
  let error: CommandError | undefined
  let last = { at: performance.now(), percent: 0 }
  const interrupt = (name: NodeJS.Signals): void => {
    error = new CommandError(`Stopped by ${name}. ${stopped}`)
    onStop?.(error)
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt)
  return {
    onProgress: (done, total) => {
      if (error) throw error
      if (total < least) return
      const percent = total === 0 ? 0 : Math.floor((100 * done) / total)
      const isStep = total >= LARGE && percent >= last.percent + 10
      if (!isStep && performance.now() < last.at + QUIET_MS) return
      last = { at: performance.now(), percent }
      process.stderr.write(`${describe(done, total)}${total === 0 ? '' : ` (${percent} %)`}\n`)
    },
    end: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, interrupt)
    },
  }
}
