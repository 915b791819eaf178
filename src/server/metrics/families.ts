import { Gauge, Histogram, Counter as PromCounter, type Registry } from 'prom-client'
import type { Counter } from '../../lib/counter.ts'

type Value = number | undefined
type Labelled = Iterable<readonly [label: string, value: number]>

/** Adds families of metrics whose values are read when somebody looks, so that what is measured pays nothing for it. */
export interface Families {
  /** What only grows. */
  counter(name: string, help: string, read: () => number): void
  /** The same by the kinds of a counter, as `label`. */
  counters(name: string, help: string, label: string, counter: Pick<Counter, 'entries'>): void
  /** What is so now; a value that is undefined is not known and left out. */
  gauge(name: string, help: string, read: () => Value | Promise<Value>): void
  gauges(name: string, help: string, label: string, read: () => Labelled | Promise<Labelled>): void
  /** How long something takes; returns what to call with milliseconds. `buckets` are in seconds. */
  histogram(name: string, help: string, buckets: readonly number[]): (ms: number) => void
}

/** Adds to `registry`. Names begin with `herald_`, which is put before them. */
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
          // Without a value, nothing is shown rather than a zero that looks like one.
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
