import { Gauge, Histogram, Counter as PromCounter, type Registry } from 'prom-client'
import type { Counter } from '../../lib/counter.ts'

type Value = number | undefined
type Labelled = Iterable<readonly [label: string, value: number]>

/**
 * Adds metrics to a registry. A *family* is one metric with all its labels, such as `herald_connections` with `transport`. Except in a
 * histogram, values are read only when the metrics are asked for, so that measuring costs nothing in between.
 */
export interface Families {
  /** Adds a counter: a value that only grows. */
  counter(name: string, help: string, read: () => number): void
  /** Adds a counter with a value for each kind that `counter` has. The kind is the value of the label `label`. */
  counters(name: string, help: string, label: string, counter: Pick<Counter, 'entries'>): void
  /** Adds a gauge: a value as it is now. An undefined value is not known, and is left out. */
  gauge(name: string, help: string, read: () => Value | Promise<Value>): void
  /** Adds a gauge with several values, each with its value of the label `label`. */
  gauges(name: string, help: string, label: string, read: () => Labelled | Promise<Labelled>): void
  /** Adds a histogram of durations, with `buckets` in seconds. Returns the function to call with each duration, in milliseconds. */
  histogram(name: string, help: string, buckets: readonly number[]): (ms: number) => void
}

/** Returns functions that add metrics to `registry`, with `herald_` before their names. */
export function createFamilies(registry: Registry): Families {
  const base = (name: string, help: string, labelNames: readonly string[] = []) => ({
    name: `herald_${name}`,
    help,
    labelNames: [...labelNames],
    registers: [registry],
  })

  return {
    counter: (name, help, read) => {
      new PromCounter({
        ...base(name, help),
        collect() {
          this.reset()
          this.inc(read())
        },
      })
    },
    counters: (name, help, label, counter) => {
      new PromCounter({
        ...base(name, help, [label]),
        collect() {
          this.reset()
          for (const [kind, count] of counter.entries()) this.inc({ [label]: kind }, count)
        },
      })
    },
    gauge: (name, help, read) => {
      new Gauge({
        ...base(name, help),
        async collect() {
          const value = await read()
          // An unknown value is left out, since a zero would look like a measured one.
          this.remove()
          if (value !== undefined) this.set(value)
        },
      })
    },
    gauges: (name, help, label, read) => {
      new Gauge({
        ...base(name, help, [label]),
        async collect() {
          const values = await read()
          this.reset()
          for (const [kind, value] of values) this.set({ [label]: kind }, value)
        },
      })
    },
    histogram: (name, help, buckets) => {
      const histogram = new Histogram({ ...base(name, help), buckets: [...buckets] })
      return (ms) => histogram.observe(ms / 1_000)
    },
  }
}
