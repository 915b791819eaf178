import type { BusStats } from '../../bus/bus-stats.ts'
import type { DeliveryStats } from '../../delivery/delivery-stats.ts'
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

/** Upper bounds of the histogram, in seconds. The first ones are usual on a quiet node; a user would notice the last ones. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** Adds the metrics of delivery: results that were made and sent, catch-ups, subscriptions that continued, and latency. */
export function addDeliveryMetrics({ counter, gauge, histogram }: Families, stats: DeliveryStats): void {
  counter('results_rendered_total', 'Results that were made, each for all who ask the same.', () => stats.rendered)
  counter('deliveries_total', 'Results that were handed to WebSockets.', () => stats.deliveries)
  counter('catch_ups_total', 'How often a log was read from the store for somebody.', () => stats.catchUps)
  counter('delivery_gaps_total', 'How often a group was told that it may have missed something.', () => stats.gaps)
  counter('resumes_total', 'Subscriptions that went on where their client had left.', () => stats.resumed)
  counter('resumes_expired_total', 'Subscriptions that were told that they have missed something.', () => stats.expired)
  counter('signals_dropped_total', 'Signals that were not sent, because the socket was slow.', () => stats.dropped)
  gauge('groups', 'Logs that are followed by those who ask the same together.', () => stats.groups)
  stats.onDelivered = histogram(
    'delivery_seconds',
    'From an event of a log until it is handed to its sockets.',
    BUCKETS,
  )
}
