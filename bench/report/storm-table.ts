import { requirePeer } from '../peers/all.ts'
import type { StormSample } from '../scenarios/storm.ts'
import { format, median, table } from './figures.ts'

const HEAD = [
  'server',
  'subscribed s',
  'complete s',
  'CPU ms/client',
  'missed each',
  'lost',
  'repeated',
  'disordered',
  "others' p50 ms",
  "others' p99 ms",
]

/** How everybody came back, peer by peer. */
export function stormTable(samples: readonly StormSample[]): string {
  const rows = [...new Set(samples.map(({ peer }) => peer))].map((peer) => {
    const own = samples.filter((sample) => sample.peer === peer)
    const of = (pick: (sample: StormSample) => number): string => format(median(own.map(pick)))
    const total = (pick: (sample: StormSample) => number): string =>
      String(own.reduce((sum, sample) => sum + pick(sample), 0))
    return [
      requirePeer(peer).name,
      of(({ subscribedMs }) => subscribedMs / 1_000),
      of(({ completeMs }) => (completeMs ?? Number.NaN) / 1_000),
      of(({ serverMs, clients }) => serverMs / clients),
      of(({ missed }) => missed),
      total(({ faults }) => faults.lost),
      total(({ faults }) => faults.repeated),
      total(({ faults }) => faults.disordered),
      of(({ live }) => live.latency.p50),
      of(({ live }) => live.latency.p99),
    ]
  })
  return table(HEAD, rows)
}
