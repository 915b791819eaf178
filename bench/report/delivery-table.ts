import type { Window } from '../load/orders.ts'
import { requirePeer } from '../peers/all.ts'
import type { Delivery, Sample } from '../scenarios/delivery.ts'
import { format, median, table } from './figures.ts'
import { BASE, ratioTo } from './ratios.ts'

/** With more than this of a core used by others, a window says little. */
const DISTURBED = 0.12

function cpuUs({ serverMs, deliveries }: Window): number {
  return (serverMs * 1_000) / deliveries
}

function perSecond({ deliveries, ms }: Window): number {
  return (deliveries * 1_000) / ms
}

function peersOf(samples: readonly Sample[]): readonly string[] {
  return [...new Set(samples.map(({ peer }) => peer))]
}

function ratioCell(samples: readonly Sample[], peer: string, pick: (sample: Sample) => number): string {
  const ratio = peer === BASE ? undefined : ratioTo(samples, peer, pick)
  return ratio ? `${format(ratio.median)} [${format(ratio.min)}–${format(ratio.max)}]` : ''
}

/** The median of what the repetitions of a peer say; nothing where a load has had no window. */
function middle(samples: readonly Sample[], peer: string, pick: (sample: Sample) => number): string {
  return format(median(samples.filter((sample) => sample.peer === peer).map(pick)))
}

const LOAD_HEAD = ['CPU µs/delivery', 'peer/Herald', 'deliveries/s', 'p50 ms', 'p95 ms', 'p99 ms']
const TRUST_HEAD = ['lost', 'repeated', 'disordered', 'server %', 'generator %', 'disturbed']

function trust(windows: readonly Window[]): readonly string[] {
  const total = (pick: (window: Window) => number): string => String(windows.reduce((sum, one) => sum + pick(one), 0))
  const disturbed = windows.filter(({ foreign }) => foreign > DISTURBED).length
  return [
    total(({ faults }) => faults.lost),
    total(({ faults }) => faults.repeated),
    total(({ faults }) => faults.disordered),
    format(100 * median(windows.map(({ serverMs, ms }) => serverMs / ms))),
    format(100 * median(windows.map(({ generator }) => generator))),
    `${disturbed}/${windows.length}`,
  ]
}

function loadTable(samples: readonly Sample[], load: string): string {
  const of = (pick: (window: Window) => number) => (sample: Sample) => {
    const window = sample.loads[load]
    return window ? pick(window) : Number.NaN
  }
  const loaded = samples.filter(({ loads }) => loads[load])
  const rows = peersOf(loaded).map((peer) => [
    requirePeer(peer).name,
    middle(samples, peer, of(cpuUs)),
    ratioCell(samples, peer, of(cpuUs)),
    middle(samples, peer, of(perSecond)),
    middle(
      samples,
      peer,
      of(({ latency }) => latency.p50),
    ),
    middle(
      samples,
      peer,
      of(({ latency }) => latency.p95),
    ),
    middle(
      samples,
      peer,
      of(({ latency }) => latency.p99),
    ),
    ...trust(samples.filter((sample) => sample.peer === peer).flatMap(({ loads }) => loads[load] ?? [])),
  ])
  return table([load, ...LOAD_HEAD, ...TRUST_HEAD], rows)
}

const CONNECT_HEAD = [
  'connecting',
  'CPU ms/connection',
  'peer/Herald',
  'connections/s',
  'RSS KB',
  'peer/Herald',
  'heap KB',
]

function connectTable(samples: readonly Sample[]): string {
  const cpu = ({ connect }: Sample): number => connect.cpuMsPerConnection
  const rss = ({ memory }: Sample): number => memory.rss / 1_024
  const rows = peersOf(samples).map((peer) => [
    requirePeer(peer).name,
    middle(samples, peer, cpu),
    ratioCell(samples, peer, cpu),
    middle(samples, peer, ({ connect }) => connect.connectionsPerSecond),
    middle(samples, peer, rss),
    ratioCell(samples, peer, rss),
    middle(samples, peer, ({ memory }) => memory.heap / 1_024),
  ])
  return table(CONNECT_HEAD, rows)
}

/** The tables of a scenario: one for connecting, one for each load. */
export function deliveryTables({ loads, stored }: Delivery, samples: readonly Sample[]): string {
  return [connectTable(samples), ...Object.keys({ ...stored, ...loads }).map((load) => loadTable(samples, load))].join(
    '\n\n',
  )
}
