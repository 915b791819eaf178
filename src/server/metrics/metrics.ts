import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client'
import type { BusStats } from '../../bus/bus-stats.ts'
import type { DeliveryStats } from '../../delivery/delivery-stats.ts'
import type { Counter } from '../../lib/counter.ts'
import type { PeerWorkers } from '../../lib/peer-workers.ts'
import { addBusMetrics } from './bus-metrics.ts'
import { addDeliveryMetrics } from './delivery-metrics.ts'
import { createFamilies } from './families.ts'
import { addServerMetrics, type ServerMetricsOptions } from './server-metrics.ts'

export interface MetricsOptions extends ServerMetricsOptions {
  readonly busStats: BusStats
  readonly deliveryStats: DeliveryStats
  /** What became of the commands that backends sent through Redis, by outcome. */
  readonly commandCounter: Counter
  /** Those whose figures are told together with these, each under its number as `worker`. */
  readonly peerWorkers?: PeerWorkers | undefined
}

/** The figures of this node, and of those that serve with it, in the text format of Prometheus. */
export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
}

let ofProcess: Registry | undefined

/** CPU, memory, garbage collection, event loop: one set per process, from when somebody first looks. */
function processMetrics(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

/** Makes the figures; none is gathered before somebody looks. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { busStats, deliveryStats, commandCounter, peerWorkers } = options
  const registry = new Registry()
  const families = createFamilies(registry)
  addServerMetrics(families, options)
  addBusMetrics(families, busStats)
  addDeliveryMetrics(families, deliveryStats)
  families.counters('commands_total', 'Commands that backends sent through Redis.', 'outcome', commandCounter)

  const all = (): Registry => {
    const both = Registry.merge([registry, processMetrics()])
    if (peerWorkers) both.setDefaultLabels({ worker: String(peerWorkers.number) })
    return both
  }
  peerWorkers?.answer(() => all().getMetricsAsJSON())
  return {
    contentType: registry.contentType,
    text: async () => {
      if (!peerWorkers) return all().metrics()
      const reports = (await peerWorkers.ask()) as object[]
      return AggregatorRegistry.aggregate(reports).metrics()
    },
  }
}
