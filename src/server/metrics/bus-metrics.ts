import type { BusStats } from '../../bus/bus-stats.ts'
import type { Families } from './families.ts'

/** Adds the metrics of the bus: events between nodes, gaps, lost connections. */
export function addBusMetrics({ counter, counters, gauge }: Families, stats: BusStats): void {
  counter('events_published_total', 'Events that this node published.', () => stats.published)
  counter('bus_events_received_total', 'Events of other nodes that were received here.', () => stats.received)
  counter('bus_gaps_total', 'Gaps: how often listeners had to expect that they had missed something.', () => stats.gaps)
  gauge('bus_topics', 'Topics that are listened to.', () => stats.topics)
  counter(
    'bus_connections_lost_total',
    'How often the connections to the other nodes (to Redis) were lost.',
    () => stats.losses,
  )
  counters('bus_drops_total', 'Messages that were not sent or not understood.', 'reason', stats.drops)
  gauge('bus_lag_seconds', 'What the last canary took through the bus (through Redis) and back.', () =>
    stats.lagMs === undefined ? undefined : stats.lagMs / 1_000,
  )
}
