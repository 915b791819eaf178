import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installPeers } from './install.ts'
import { describeMachine, type Machine, requireRedis } from './machine.ts'
import { type Options, readOptions } from './options.ts'
import { PEERS, requirePeer } from './peers/all.ts'
import { canPin } from './processes/cores.ts'
import { startRedis } from './processes/redis.ts'
import { panelsOf } from './report/panels.ts'
import { drawPlot } from './report/svg.ts'
import { SCENARIOS, type Scenario } from './scenarios/all.ts'

// Quote ratios within one run, never absolute figures of different ones.

const HELP = `npm run bench -- [options]

  -s, --scenario a,b     of ${SCENARIOS.map(({ id }) => id).join(', ')}; all by default
  -p, --peers a,b        of ${PEERS.map(({ id }) => id).join(', ')}; all by default
  -r, --repetitions n    5 by default
      --seconds n        length of each window of load, 4 by default
      --quick            one repetition, one second, 1,000 connections instead of 10,000`

/** Shown by docs/performance.md. */
const PLOT = join(import.meta.dirname, '../docs/performance.svg')

function requireScenario(id: string): Scenario {
  const scenario = SCENARIOS.find((other) => other.id === id)
  if (!scenario) throw new Error(`There is no scenario ${id}; there are ${SCENARIOS.map((one) => one.id).join(', ')}.`)
  return scenario
}

/** Keeps the figures of every repetition; those of a part of the benchmark stay out of the repository. */
function save(results: Machine & Record<string, unknown>, isWhole: boolean): string {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${results.date.slice(0, 10)}-${results.commit}${isWhole ? '' : '-part.local'}.json`)
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`)
  return file
}

async function run(options: Options): Promise<void> {
  const scenarios = options.scenarios.length > 0 ? options.scenarios.map(requireScenario) : SCENARIOS
  const peers = options.peers.length > 0 ? options.peers.map(requirePeer) : PEERS
  installPeers()
  const machine = describeMachine()
  const { commit, cores, cpu, kernel, node } = machine
  const { repetitions, ms } = options
  console.log(`# Herald ${commit}: ${repetitions} repetitions of ${ms / 1_000} s`)
  console.log(`${cores} cores (${cpu}), Linux ${kernel}, Node ${node}\n`)
  const redis = await startRedis(requireRedis())
  if (!canPin) console.log('One core, or no taskset: server and load share what there is, and figures say little.\n')

  const figures: Record<string, unknown> = {}
  for (const { id, title, play } of scenarios) {
    const report = await play({ redis, peers, options })
    figures[id] = report.figures
    console.log(`## ${title}\n\n${report.text}\n`)
  }
  await redis.kill()
  const isWhole = options.scenarios.length === 0 && options.peers.length === 0 && !options.isQuick
  console.log(`All figures: ${save({ ...machine, options, figures }, isWhole)}`)
  if (isWhole) writeFileSync(PLOT, drawPlot(panelsOf(figures)))
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options.isHelp) console.log(HELP)
  else await run(options)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
