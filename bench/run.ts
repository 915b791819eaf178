import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { format, median, percentile, table } from './figures.ts'
import type { Outcome } from './load.ts'
import { measureNotify } from './notify.ts'
import { type Kind, PEERS, type Peer } from './peers.ts'
import { startLoad, startServer } from './processes.ts'

// Every scenario runs each server in turn, several times over, so that a machine whose speed drifts treats all alike.
// Quote ratios within one run, never absolute figures of different ones.

interface Scenario {
  readonly title: string
  readonly kind: Kind
  readonly clients: number
  /** Events under way at any time while saturated. */
  readonly outstanding: number
  /** Events per second of the second, paced part. */
  readonly perSecond: number
}

interface Row {
  readonly peer: string
  readonly cpuUsPerDelivery: number
  readonly deliveriesPerSecond: number
  readonly p50: number
  readonly p99: number
  readonly faults: number
  readonly bytesPerConnection: number
}

const { values } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string' },
  },
})
const repetitions = Number(values.repetitions)
const windowMs = Number(values.seconds) * 1_000

const SCENARIOS: readonly Scenario[] = [
  { title: '1,000 subscribers of one ticket', kind: 'ticket', clients: 1_000, outstanding: 8, perSecond: 20 },
  {
    title: '5,000 users with one device each, one notify to all',
    kind: 'users',
    clients: 5_000,
    outstanding: 2,
    perSecond: 1,
  },
]

const measure = async (peer: Peer, { kind, clients, outstanding, perSecond }: Scenario): Promise<Row> => {
  const server = await startServer(peer)
  const load = startLoad()
  try {
    const before = await server.usage()
    await load.order({ do: 'connect', peer: peer.name, url: server.url, kind, clients })
    const idle = await server.usage()
    const saturated = await load.order({ do: 'saturate', ms: windowMs, outstanding })
    const after = await server.usage()
    const paced = await load.order({ do: 'pace', ms: windowMs, perSecond })
    return rowOf(peer, saturated, paced, after.cpuUs - idle.cpuUs, (idle.rss - before.rss) / clients)
  } finally {
    await load.stop()
    await server.stop()
  }
}

const rowOf = (peer: Peer, saturated: Outcome, paced: Outcome, cpuUs: number, bytesPerConnection: number): Row => ({
  peer: peer.name,
  cpuUsPerDelivery: cpuUs / saturated.deliveries,
  deliveriesPerSecond: (saturated.deliveries * 1_000) / saturated.ms,
  p50: percentile(paced.latencies, 50),
  p99: percentile(paced.latencies, 99),
  faults: saturated.faults + paced.faults,
  bytesPerConnection,
})

const middle = (rows: readonly Row[], peer: Peer): Row => {
  const own = rows.filter((row) => row.peer === peer.name)
  const of = (pick: (row: Row) => number): number => median(own.map(pick))
  return {
    peer: peer.name,
    cpuUsPerDelivery: of((row) => row.cpuUsPerDelivery),
    deliveriesPerSecond: of((row) => row.deliveriesPerSecond),
    p50: of((row) => row.p50),
    p99: of((row) => row.p99),
    faults: own.reduce((sum, row) => sum + row.faults, 0),
    bytesPerConnection: of((row) => row.bytesPerConnection),
  }
}

const HEAD = ['server', 'CPU µs/delivery', 'deliveries/s', 'p50 ms', 'p99 ms', 'lost or disordered', 'KB/connection']

const print = (row: Row): readonly string[] => [
  row.peer,
  format(row.cpuUsPerDelivery),
  format(row.deliveriesPerSecond),
  format(row.p50),
  format(row.p99),
  String(row.faults),
  format(row.bytesPerConnection / 1_024),
]

/** Milliseconds from starting the process to its ready line, on an empty and then on the same data folder. */
const measureStart = async (): Promise<{ readonly first: number; readonly again: number }> => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-bench-'))
  const once = async (): Promise<number> => {
    const started = performance.now()
    const file = join(import.meta.dirname, '../src/cli/herald.js')
    const child = spawn(process.execPath, [file, 'start'], {
      env: { ...process.env, PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent' },
    })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const ms = performance.now() - started
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    return ms
  }
  const first = await once()
  const again = [await once(), await once(), await once()]
  rmSync(folder, { recursive: true })
  return { first, again: median(again) }
}

const main = async (): Promise<void> => {
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model}), Linux ${release()}, Node ${process.version}`
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  console.log(`Herald ${commit}, ${machine}, ${repetitions} repetitions of ${windowMs / 1_000} s\n`)

  const start = await measureStart()
  console.log(`Start to ready: ${format(start.first)} ms on an empty folder, ${format(start.again)} ms again\n`)

  const notify = await measureNotify(windowMs)
  console.log(`notify (stored, acknowledged)\n${table(['case', 'users/s', 'calls/s', 'p50 ms', 'p99 ms'], notify)}\n`)

  const results: Record<string, readonly Row[]> = {}
  for (const scenario of SCENARIOS.filter(({ kind }) => !values.only || kind === values.only)) {
    const rows: Row[] = []
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const peer of PEERS) rows.push(await measure(peer, scenario))
    }
    results[scenario.title] = rows
    console.log(
      `${scenario.title}\n${table(
        HEAD,
        PEERS.map((peer) => print(middle(rows, peer))),
      )}\n`,
    )
  }

  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${new Date().toISOString().slice(0, 10)}-${commit}.json`)
  writeFileSync(file, `${JSON.stringify({ commit, machine, start, notify, results }, null, 1)}\n`)
  console.log(`All figures: ${file}`)
}

await main()
