import type { Window } from '../load/orders.ts'
import { requirePeer } from '../peers/all.ts'
import { DELIVERIES, type Sample } from '../scenarios/delivery.ts'
import type { StormSample } from '../scenarios/storm.ts'
import { median } from './figures.ts'
import { BASE } from './ratios.ts'

/** One server in a panel: one value, or several from small to large. */
export interface Bar {
  readonly name: string
  readonly isOurs: boolean
  readonly values: readonly number[]
}

/** One comparison. */
export interface Panel {
  readonly title: string
  /** What the numbers are, and which are good. */
  readonly note: string
  readonly bars: readonly Bar[]
}

/** The figures of a run, by the ids of its scenarios; those of a part of the benchmark lack some. */
export type Figures = Readonly<Record<string, unknown>>

function barsOf<One extends { readonly peer: string }>(
  samples: readonly One[],
  picks: readonly ((sample: One) => number)[],
): readonly Bar[] {
  return [...new Set(samples.map(({ peer }) => peer))]
    .map((peer) => {
      const own = samples.filter((sample) => sample.peer === peer)
      return {
        name: requirePeer(peer).name,
        isOurs: peer === BASE,
        values: picks.map((pick) => median(own.map(pick))),
      }
    })
    .filter(({ values }) => values.every((value) => Number.isFinite(value) && value > 0))
}

function inWindow(load: string, pick: (window: Window) => number) {
  return ({ loads }: Sample): number => {
    const window = loads[load]
    return window ? pick(window) : Number.NaN
  }
}

function cpuUs({ serverMs, deliveries }: Window): number {
  return (serverMs * 1_000) / deliveries
}

function perSecond({ deliveries, ms }: Window): number {
  return (deliveries * 1_000) / ms
}

const PERCENTILES = [
  ({ latency }: Window): number => latency.p50,
  ({ latency }: Window): number => latency.p95,
  ({ latency }: Window): number => latency.p99,
]

function latencyPanels(id: string, title: string, samples: readonly Sample[]): readonly Panel[] {
  const load = Object.keys(DELIVERIES.find((one) => one.id === id)?.loads ?? {}).find((name) => name !== 'saturated')
  if (load === undefined) return []
  const picks = PERCENTILES.map((pick) => inWindow(load, pick))
  return [{ title, note: `p50, p95, p99 in ms at ${load}: less is better`, bars: barsOf(samples, picks) }]
}

/** The panels of a plot, in reading order; those without figures are left out. */
export function panelsOf(figures: Figures): readonly Panel[] {
  const samplesOf = (id: string): readonly Sample[] => (figures[id] ?? []) as readonly Sample[]
  const saturated = (note: string, pick: (window: Window) => number): readonly Panel[] =>
    DELIVERIES.map(({ id, title }) => ({
      title,
      note,
      bars: barsOf(samplesOf(id), [inWindow('saturated', pick)]),
    }))
  const own = samplesOf('users-5000')
  const storm = (figures['storm'] ?? []) as readonly StormSample[]
  const panels: readonly Panel[] = [
    ...saturated('CPU µs per delivery, saturated: less is better', cpuUs),
    ...saturated('deliveries per second, saturated: more is better', perSecond),
    ...latencyPanels('fan-1000', '1,000 followers of one ticket', samplesOf('fan-1000')),
    ...latencyPanels('users-5000', '5,000 users with notifications of their own', own),
    {
      title: 'Memory per connection',
      note: 'KB resident, 5,000 users after a collection: less is better',
      bars: barsOf(own, [({ memory }) => memory.rss / 1_024]),
    },
    {
      title: 'Connecting',
      note: 'CPU ms per connection with token and subscription: less is better',
      bars: barsOf(own, [({ connect }) => connect.cpuMsPerConnection]),
    },
    {
      title: `${storm[0]?.clients.toLocaleString('en') ?? ''} clients return after a restart`,
      note: 'seconds until all are served: less is better. Herald brings 20 missed events each',
      bars: barsOf(storm, [({ completeMs, subscribedMs }) => (completeMs ?? subscribedMs) / 1_000]),
    },
    {
      title: 'Meanwhile, 100 others',
      note: 'p99 in ms of 20 live events/s during that return: less is better',
      bars: barsOf(storm, [({ live }) => live.latency.p99]),
    },
  ]
  return panels.filter(({ bars }) => bars.length > 0)
}
