import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client'
import type { BusStats } from '../../bus/bus-stats.ts'
import type { DeliveryStats } from '../../delivery/delivery-stats.ts'
import type { Siblings } from '../../lib/siblings.ts'
import type { Tally } from '../../lib/tally.ts'
import { addBusMetrics } from './bus-metrics.ts'
import { addDeliveryMetrics } from './delivery-metrics.ts'
import { createFamilies } from './families.ts'
import { addServerMetrics, type ServerMetricsOptions } from './server-metrics.ts'

export interface MetricsOptions extends ServerMetricsOptions {
  readonly busStats: BusStats
  readonly deliveryStats: DeliveryStats
  /** What became of the commands that backends sent through Redis, by outcome. */
  readonly commandTally: Tally
  /** Those whose figures are told together with these, each under its number as `worker`. */
  readonly siblings?: Siblings | undefined
}

/** The figures of this node, and of those that serve with it, in the text format of Prometheus. */
export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
}

let ofProcess: Registry | undefined

/** CPU, memory, garbage collection, event loop: one set per process, from when somebody first looks. */
const processMetrics = (): Registry => {
  if (!ofProcess) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

/** Makes the figures; none is gathered before somebody looks. */
export const createMetrics = (options: MetricsOptions): Metrics => {
  const { busStats, deliveryStats, commandTally, siblings } = options
  const registry = new Registry()
  const families = createFamilies(registry)
  addServerMetrics(families, options)
  addBusMetrics(families, busStats)
  addDeliveryMetrics(families, deliveryStats)
  families.counters('commands_total', 'Commands that backends sent through Redis.', 'outcome', commandTally)

  const all = (): Registry => {
    const both = Registry.merge([registry, processMetrics()])
    if (siblings) both.setDefaultLabels({ worker: String(siblings.number) })
    return both
  }
  siblings?.answer(() => all().getMetricsAsJSON())
  return {
    contentType: registry.contentType,
    text: async () => {
      if (!siblings) return all().metrics()
      const reports = (await siblings.ask()) as object[]
      return AggregatorRegistry.aggregate(reports).metrics()
    },
  }
}
