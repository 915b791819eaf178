/** Milliseconds from publishing to receiving. */
export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

const CAPACITY = 1 << 20

/** Samples of latency; full after a million. */
export function createLatencies() {
  const samples = new Float64Array(CAPACITY)
  let count = 0
  return {
    add: (us: number): void => {
      if (count < CAPACITY) samples[count++] = us
    },
    clear: (): void => {
      count = 0
    },
    read: (): Percentiles => {
      const sorted = samples.slice(0, count).sort()
      const at = (part: number): number => (sorted[Math.max(0, Math.ceil(count * part) - 1)] ?? Number.NaN) / 1_000
      return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
    },
  }
}
