import { readFileSync, writeFileSync } from 'node:fs'

/** The signal at which a process started with `COLLECTING` gives back what it can. */
export const COLLECT_SIGNAL = 'SIGUSR2'

/** `NODE_OPTIONS` of a process that collects garbage at `COLLECT_SIGNAL`. */
export const COLLECTING = `--import=${new URL('./collect-on-signal.ts', import.meta.url)}`

const MIB = 1024 * 1024

function megabytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kilobytes) * 1024) / MIB
}

/** The memory that a process has now, in MiB. */
export function residentNow(pid: number): number {
  return megabytes(pid, 'VmRSS')
}

/** The most that it had since `forgetPeak`, in MiB. */
export function residentPeak(pid: number): number {
  return megabytes(pid, 'VmHWM')
}

/** Begins a new peak (proc(5), clear_refs). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Has a process collect its garbage until it has no more than `target` MiB, or for so long; resolves to what it has then. */
export async function settledMemory(pid: number, target: number, ms: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (const end = Date.now() + ms; ; ) {
    process.kill(pid, COLLECT_SIGNAL)
    await new Promise((resolve) => setTimeout(resolve, 250))
    least = Math.min(least, residentNow(pid))
    if (least <= target || Date.now() > end) return least
  }
}
