import { UsageError } from './command.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }
const MAX_DAYS = 3_650

/** The seconds of a duration such as `30s`, `15m`, `1h` or `7d`. Throws UsageError for anything else. */
export const secondsOf = (option: string, text: string): number => {
  const [, amount, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const seconds = Number(amount) * (SECONDS[unit] ?? Number.NaN)
  if (!(seconds >= 1 && seconds <= MAX_DAYS * 86_400)) {
    throw new UsageError(`--${option} must be a time such as 30s, 15m, 1h or 7d, at most ${MAX_DAYS}d.`)
  }
  return seconds
}
