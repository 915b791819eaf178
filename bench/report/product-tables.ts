import type { Window } from '../load/orders.ts'
import type { CatchUpSample } from '../scenarios/catch-up.ts'
import type { IdleSample } from '../scenarios/idle.ts'
import type { NodesSample } from '../scenarios/nodes.ts'
import type { NotifySample } from '../scenarios/notify.ts'
import { format, median, table } from './figures.ts'

function middle<Sample>(samples: readonly Sample[], pick: (sample: Sample) => number): string {
  return format(median(samples.map(pick)))
}

/** What storing costs, database by database. */
export function notifyTable(samples: readonly NotifySample[]): string {
  const cases = new Map(samples.map((sample) => [`${sample.database}: ${sample.title}`, sample]))
  const rows = [...cases].map(([name, { database, title }]) => {
    const own = samples.filter((sample) => sample.database === database && sample.title === title)
    return [
      name,
      middle(own, ({ usersPerSecond }) => usersPerSecond),
      middle(own, ({ callsPerSecond }) => callsPerSecond),
      middle(own, ({ p50 }) => p50),
      middle(own, ({ p99 }) => p99),
    ]
  })
  return table(['notify, stored and acknowledged', 'users/s', 'calls/s', 'p50 ms', 'p99 ms'], rows)
}

/** How long catching up takes, database by database. */
export function catchUpTable(samples: readonly CatchUpSample[]): string {
  const cases = new Map(samples.map((sample) => [`${sample.database}, ${sample.title}`, sample]))
  const rows = [...cases].map(([name, { database, title, changes }]) => {
    const own = samples.filter((sample) => sample.database === database && sample.title === title)
    return [name, format(changes), middle(own, ({ ms }) => ms), middle(own, ({ ms }) => (ms * 1_000) / changes)]
  })
  return table(['catching up', 'changes', 'ms', 'µs each'], rows)
}

/** What a second node costs, database by database. */
export function nodesTable(samples: Readonly<Record<string, readonly NodesSample[]>>): string {
  const cpuUs = ({ serverMs, deliveries }: Window): number => (serverMs * 1_000) / deliveries
  const rows = Object.entries(samples).map(([database, own]) => [
    database,
    middle(own, ({ latency }) => latency.latency.p50),
    middle(own, ({ latency }) => latency.latency.p99),
    String(own.reduce((sum, { latency }) => sum + latency.faults.lost, 0)),
    middle(own, ({ one }) => cpuUs(one)),
    middle(own, ({ two }) => cpuUs(two)),
    middle(own, ({ one, two }) => cpuUs(two) / cpuUs(one)),
  ])
  const head = ['two nodes', 'p50 ms', 'p99 ms', 'lost', 'CPU µs/delivery, one', 'two', 'two/one']
  return table(head, rows)
}

/** What many idle connections cost, and a Redis that came back. */
export function idleTable(samples: readonly IdleSample[]): string {
  return table(
    ['idle connections', 'node CPU ms/s', 'Redis CPU ms/s', 'Redis MB', 'resubscribed s', 'CPU ms for it'],
    [
      [
        format(samples[0]?.connections ?? 0),
        middle(samples, ({ serverMsPerSecond }) => serverMsPerSecond),
        middle(samples, ({ redisMsPerSecond }) => redisMsPerSecond),
        middle(samples, ({ redisBytes }) => redisBytes / 1_048_576),
        middle(samples, ({ resubscribedMs }) => resubscribedMs / 1_000),
        middle(samples, ({ resubscribeCpuMs }) => resubscribeCpuMs),
      ],
    ],
  )
}
