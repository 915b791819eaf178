import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'
import { join } from 'node:path'
import { canPin } from './cores.ts'
import { measureNotify } from './notify.ts'
import { type Options, readOptions } from './options.ts'
import { PEERS, requirePeer } from './peers/all.ts'
import { findRedis, type Redis, startRedis } from './redis.ts'
import { deliveryTables, type Numbered } from './report/delivery-table.ts'
import { format, table } from './report/figures.ts'
import { DELIVERIES, type Delivery, measureDelivery } from './scenarios/delivery.ts'
import { measureStart } from './start.ts'

// Every scenario runs each server in turn, several times over, so that a machine whose speed drifts treats all alike.
// Quote ratios within one run, never absolute figures of different ones.

const OTHERS = ['start', 'notify']
const HELP = `npm run bench -- [options]

  -s, --scenario a,b     of ${[...DELIVERIES.map(({ id }) => id), ...OTHERS].join(', ')}; all by default
  -p, --peers a,b        of ${PEERS.map(({ id }) => id).join(', ')}; all by default
  -r, --repetitions n    5 by default
      --seconds n        length of each window of load, 4 by default
      --quick            one repetition, one second`

const runDelivery = async (delivery: Delivery, options: Options, redis: Redis): Promise<readonly Numbered[]> => {
  const peers = options.peers.length > 0 ? options.peers.map(requirePeer) : PEERS
  const samples: Numbered[] = []
  for (let repetition = 1; repetition <= options.repetitions; repetition += 1) {
    for (const peer of peers) {
      process.stderr.write(`${delivery.id}, repetition ${repetition}: ${peer.name}\n`)
      samples.push({ repetition, ...(await measureDelivery(peer, delivery, { redis, ms: options.ms })) })
    }
  }
  return samples
}

const requireMachine = (): string => {
  if (!existsSync('/proc/self/schedstat')) throw new Error('CPU times are read from /proc, so this needs Linux.')
  const redis = findRedis()
  if (!redis) {
    throw new Error('Events come over Redis: install redis-server or valkey-server (apt-get install redis-server).')
  }
  if (!canPin) console.log('One core, or no taskset: server and load share what there is, and figures say little.\n')
  return redis
}

const run = async (options: Options): Promise<void> => {
  const redis = await startRedis(requireMachine())
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model}), Linux ${release()}, Node ${process.version}`
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  console.log(`Herald ${commit}, ${machine}, ${options.repetitions} repetitions of ${options.ms / 1_000} s\n`)
  const isWanted = (id: string): boolean => options.scenarios.length === 0 || options.scenarios.includes(id)

  const start = isWanted('start') ? await measureStart() : undefined
  if (start)
    console.log(`Start to ready: ${format(start.first)} ms on an empty folder, ${format(start.again)} ms again\n`)

  const notify = isWanted('notify') ? await measureNotify(options.ms) : undefined
  if (notify)
    console.log(`notify (stored, acknowledged)\n${table(['case', 'users/s', 'calls/s', 'p50 ms', 'p99 ms'], notify)}\n`)

  const results: Record<string, readonly Numbered[]> = {}
  for (const delivery of DELIVERIES.filter(({ id }) => isWanted(id))) {
    const samples = await runDelivery(delivery, options, redis)
    results[delivery.id] = samples
    console.log(`${deliveryTables(delivery, samples)}\n`)
  }
  await redis.stop()

  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const isWhole = options.scenarios.length === 0 && options.peers.length === 0
  const name = `${new Date().toISOString().slice(0, 10)}-${commit}${isWhole ? '' : '-part.local'}.json`
  writeFileSync(
    join(folder, name),
    `${JSON.stringify({ commit, machine, options, start, notify, results }, null, 1)}\n`,
  )
  console.log(`All figures: bench/results/${name}`)
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options.isHelp) console.log(HELP)
  else await run(options)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
