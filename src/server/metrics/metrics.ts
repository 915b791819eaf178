import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client'
import type { BusStats } from '../../bus/bus-stats.ts'
import type { DeliveryStats } from '../../delivery/delivery-stats.ts'
import type { HandOffStats } from '../../handoff/handoff.ts'
import type { Counter } from '../../lib/counter.ts'
import type { PeerWorkers } from '../../lib/peer-workers.ts'
import { addBusMetrics, addDeliveryMetrics } from './delivery-metrics.ts'
import { createFamilies } from './families.ts'
import { addHandOffMetrics } from './hand-off-metrics.ts'
import { addServerMetrics, type ServerMetricsOptions } from './server-metrics.ts'

export interface MetricsOptions extends ServerMetricsOptions {
  readonly busStats: BusStats
  readonly deliveryStats: DeliveryStats
  /** Counts the commands that backends sent through Redis, by outcome. */
  readonly commandCounter: Counter
  /** What was handed off to the backend. Left out: nothing. */
  readonly handOffStats?: HandOffStats | undefined
  /** The peer workers whose metrics are served together with these, each with its number as the label `worker`. */
  readonly peerWorkers?: PeerWorkers | undefined
}

/** The metrics of this node and its peer workers, in the text format of Prometheus. */
export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
}

let ofProcess: Registry | undefined

/**
 * Metrics of the process: CPU, memory, garbage collection, event loop. There is one set per process, which begins when the metrics are
 * first asked for.
 */
function processMetrics(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

/** Returns the metrics of this node. Nothing is gathered before they are asked for. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { busStats, deliveryStats, commandCounter, handOffStats, peerWorkers } = options
  const registry = new Registry()
  const families = createFamilies(registry)
  addServerMetrics(families, options)
  addBusMetrics(families, busStats)
  addDeliveryMetrics(families, deliveryStats)
  families.counters('commands_total', 'Commands that backends sent through Redis.', 'outcome', commandCounter)
  if (handOffStats) addHandOffMetrics(families, handOffStats)

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
