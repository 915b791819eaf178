import { openPostgresServer } from '../../test/support/postgres-server.ts'
import { canHold } from '../machine.ts'
import type { Options } from '../options.ts'
import type { Peer } from '../peers/peer.ts'
import type { Redis } from '../processes/redis.ts'
import { deliveryTables } from '../report/delivery-table.ts'
import { format } from '../report/figures.ts'
import { catchUpTable, idleTable, nodesTable, notifyTable } from '../report/product-tables.ts'
import { stormTable } from '../report/storm-table.ts'
import { type CatchUpSample, measureCatchUp } from './catch-up.ts'
import { DELIVERIES, type Delivery, measureDelivery } from './delivery.ts'
import { measureIdle } from './idle.ts'
import { measureNodes } from './nodes.ts'
import { measureNotify } from './notify.ts'
import { inTurns, repeat } from './repeat.ts'
import { measureStart } from './start.ts'
import { measureStorm } from './storm.ts'

/** What scenarios share. */
export interface Ground {
  readonly redis: Redis
  readonly peers: readonly Peer[]
  readonly options: Options
}

/** What a scenario brought: figures of each repetition, and tables of their medians. */
export interface Report {
  readonly figures: unknown
  readonly text: string
}

/** Something to measure. */
export interface Scenario {
  readonly id: string
  readonly title: string
  play(ground: Ground): Promise<Report>
}

/** Connections of the largest scenarios. */
const MANY = 10_000
const QUICK = 1_000
const MISSED = 20
/** What is of Herald alone, or takes long, is repeated less. */
const FEW = 3

function delivery(about: Delivery): Scenario {
  return {
    id: about.id,
    title: about.title,
    play: async ({ redis, peers, options }) => {
      const figures = await inTurns(about.id, { peers, times: options.repetitions }, (peer, repetition) =>
        measureDelivery(peer, about, { redis, ms: options.ms, repetition }),
      )
      return { figures, text: deliveryTables(about, figures) }
    },
  }
}

const storm: Scenario = {
  id: 'storm',
  title: 'All clients come back at once after a restart',
  play: async ({ redis, peers, options }) => {
    const clients = options.isQuick ? QUICK : MANY
    if (!canHold(clients)) return { figures: [], text: `Not measured: this needs \`ulimit -n\` above ${clients}.` }
    const times = Math.min(FEW, options.repetitions)
    const figures = await inTurns('storm', { peers, times }, (peer, repetition) =>
      measureStorm(peer, { clients, missed: MISSED }, { redis, repetition }),
    )
    return { figures, text: `${format(clients)} clients\n\n${stormTable(figures)}` }
  },
}

const idle: Scenario = {
  id: 'idle',
  title: 'Many idle connections, each with a topic of its own',
  play: async ({ redis, options }) => {
    const connections = options.isQuick ? QUICK : MANY
    if (!canHold(connections))
      return { figures: [], text: `Not measured: this needs \`ulimit -n\` above ${connections}.` }
    const figures = await repeat('idle', Math.min(FEW, options.repetitions), (repetition) =>
      measureIdle(redis, { connections, ms: 5 * options.ms, repetition }),
    )
    return { figures, text: idleTable(figures) }
  },
}

/** Runs with a Postgres that waits for its disk; an explanation instead where there is none. */
async function withPostgres<Result>(use: (url: string) => Promise<Result>): Promise<Result | undefined> {
  const postgres = await openPostgresServer({ isDurable: true }).catch((error: unknown) => {
    console.log(`Nothing is measured with Postgres: ${error instanceof Error ? error.message : error}`)
  })
  if (!postgres) return undefined
  try {
    return await use(postgres.url)
  } finally {
    await postgres.close()
  }
}

const notify: Scenario = {
  id: 'notify',
  title: 'Notifications through the mutation, stored',
  play: async ({ options }) => {
    const times = Math.min(FEW, options.repetitions)
    const sqlite = await repeat('notify, SQLite', times, () => measureNotify(options.ms))
    const postgres = await withPostgres((url) =>
      repeat('notify, Postgres', times, () => measureNotify(options.ms, url)),
    )
    const figures = [...sqlite, ...(postgres ?? [])].flat()
    return { figures, text: notifyTable(figures) }
  },
}

const catchUp: Scenario = {
  id: 'catch-up',
  title: 'Catching up with all that a user has missed',
  play: async ({ options }) => {
    const times = Math.min(FEW, options.repetitions)
    const missed = options.isQuick ? MANY : 10 * MANY
    const sqlite = await repeat('catch-up, SQLite', times, () => measureCatchUp(missed))
    const postgres = await withPostgres((url) => repeat('catch-up, Postgres', times, () => measureCatchUp(missed, url)))
    const figures: readonly CatchUpSample[] = [...sqlite, ...(postgres ?? [])].flat()
    return { figures, text: catchUpTable(figures) }
  },
}

const nodes: Scenario = {
  id: 'nodes',
  title: 'Two nodes: from a command at one to a socket at the other, and 1,000 followers at one or shared by two',
  play: async ({ redis, options: { ms, repetitions } }) => {
    const measure = (name: string, databaseUrl?: string) =>
      repeat(`nodes, ${name}`, Math.min(FEW, repetitions), (repetition) =>
        measureNodes({ redis, databaseUrl }, { ms, repetition }),
      )
    const SQLite = await measure('SQLite')
    const Postgres = await withPostgres((url) => measure('Postgres', url))
    const figures = { SQLite, ...(Postgres ? { Postgres } : {}) }
    return { figures, text: nodesTable(figures) }
  },
}

const start: Scenario = {
  id: 'start',
  title: 'Start to ready',
  play: async () => {
    const figures = await measureStart()
    const text = `${format(figures.first)} ms on an empty folder, ${format(figures.again)} ms again`
    return { figures, text }
  },
}

/** Everything that can be measured, in the order of running. */
export const SCENARIOS: readonly Scenario[] = [start, notify, catchUp, nodes, idle, ...DELIVERIES.map(delivery), storm]
