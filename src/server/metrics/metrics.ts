import { collectDefaultMetrics, Registry } from 'prom-client'
import type { BusStats } from '../../bus/bus-stats.ts'
import { addBusMetrics } from './bus-metrics.ts'
import { createFamilies } from './families.ts'
import { addServerMetrics, type ServerMetricsOptions } from './server-metrics.ts'

export interface MetricsOptions extends ServerMetricsOptions {
  readonly busStats: BusStats
}

/** The figures of this node, in the text format of Prometheus. */
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
export const createMetrics = ({ busStats, ...options }: MetricsOptions): Metrics => {
  const registry = new Registry()
  const families = createFamilies(registry)
  addServerMetrics(families, options)
  addBusMetrics(families, busStats)
  return {
    contentType: registry.contentType,
    text: () => Registry.merge([registry, processMetrics()]).metrics(),
  }
}
