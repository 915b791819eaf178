import type { BusStats } from '../../bus/bus-stats.ts'
import type { Families } from './families.ts'

/** What the nodes tell each other. */
export const addBusMetrics = ({ counter, counters, gauge }: Families, stats: BusStats): void => {
  counter('events_published_total', 'Events that this node told.', () => stats.published)
  counter('bus_events_received_total', 'Events of other nodes that were heard here.', () => stats.received)
  counter('bus_gaps_total', 'How often listeners were told that they may have missed something.', () => stats.gaps)
  gauge('bus_topics', 'Topics that are listened to.', () => stats.topics)
  counter('bus_connections_lost_total', 'Connections to Redis that were lost.', () => stats.losses)
  counters('bus_drops_total', 'Messages that were not sent or not understood.', 'reason', stats.drops)
  gauge('bus_lag_seconds', 'What the last message took to Redis and back.', () =>
    stats.lagMs === undefined ? undefined : stats.lagMs / 1_000,
  )
}
