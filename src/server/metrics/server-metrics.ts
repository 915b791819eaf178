import type { Presence } from '../../presence/presence.ts'
import type { Handshakes } from '../handshakes.ts'
import type { Probe } from '../health.ts'
import type { ServerStats } from '../server-stats.ts'
import type { Families } from './families.ts'

export interface ServerMetricsOptions {
  readonly stats: ServerStats
  readonly presence: Pick<Presence, 'localUsers'>
  readonly handshakes: Handshakes
  readonly probe: Probe
}

/** Adds the metrics of the server: connections, refusals, operations, errors, and whether the parts that Herald needs answer. */
export function addServerMetrics(
  { counters, gauge, gauges }: Families,
  { stats, presence, handshakes, probe }: ServerMetricsOptions,
): void {
  gauges('connections', 'Open connections.', 'transport', () => stats.open.entries())
  counters('connections_opened_total', 'Connections that were opened.', 'transport', stats.opened)
  gauge('handshakes', 'Handshakes under way.', handshakes.underWay)
  gauge('handshakes_waiting', 'Handshakes that wait for their turn.', handshakes.waiting)
  counters('websocket_closes_total', 'WebSockets that were closed.', 'code', stats.closes)
  counters('rejects_total', 'What was refused because of a limit or a rule.', 'reason', stats.rejects)
  counters('operations_total', 'Operations that were begun.', 'type', stats.operations)
  counters('trusted_operations_total', 'Operations of trusted documents, by name.', 'operation', stats.trusted)
  counters('errors_total', 'Errors that were answered.', 'code', stats.errors)
  gauge('users', 'Different users on the connections.', presence.localUsers)
  gauges('part_up', 'Whether a part that Herald needs answers.', 'part', async () =>
    (await probe()).map(({ part, failure }) => [part, failure === undefined ? 1 : 0] as const),
  )
}
