import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { createStatementNames, isStale, type StatementNames } from './postgres-statements.ts'
import type { Tables } from './tables.ts'

/** How to connect to Postgres, and whether others write to the database. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. Parameters are those of libpq, such as `sslmode`. */
  readonly url: string
  /** How many connections there are at a time; at least 2, by default 10. */
  readonly poolSize?: number
  /** How many of the connections are for reads; by default half. At least one is for reads and one for writes. */
  readonly readers?: number | undefined
  /** No other process writes to the database. Then each start opens a new term, so that more is known of what was lost. */
  readonly isAlone?: boolean
  /** This process serves together with others. Then a start opens a new term if no other node serves. */
  readonly isNode?: boolean
}

/** How long to wait for a connection to the server, or for one of the pool to become free, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000
/** How long the server works on one statement, in milliseconds. That includes the wait for the lock of a stream. */
const STATEMENT_TIMEOUT_MS = 15_000
/**
 * How long to wait for an answer, in milliseconds. It is more than the server's own limit, so a server that is silent for so long is gone.
 */
const ANSWER_TIMEOUT_MS = 20_000
/**
 * How long a statement waits for rows that another transaction holds, in milliseconds. After that, commands that do not need them go first.
 */
const LOCK_TIMEOUT_MS = 150
/** After so many idle milliseconds within a transaction the server ends it and frees its rows. Its node may have died or been stopped. */
const IDLE_TRANSACTION_TIMEOUT_MS = 3_000
const IDLE_CONNECTION_MS = 30_000

const INT8 = 20

/** Reads 64-bit integers as numbers: revisions, counts and times are below 2^53. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}

/** Makes a client what Kysely expects. It names prepared statements, and ends a connection whose server went silent. */
function toKysely(client: pg.PoolClient, names: StatementNames): PostgresPoolClient {
  const query = async (text: string, values: readonly unknown[]) => {
    const name = names.of(text, values.length)
    try {
      return await client.query({ text, values: [...values], ...(name && { name }) })
    } catch (error) {
      if (isStale(error)) names.renew()
      // A server that stopped answering answers no ROLLBACK either, so its connection is ended at once.
      if (isSilence(error)) void client.end()
      throw error
    }
  }
  return { query: query as unknown as PostgresPoolClient['query'], release: (isBroken) => client.release(isBroken) }
}

function openPool(options: pg.PoolConfig): PostgresPool {
  const pool = new pg.Pool({ ...options, types, keepAlive: true, application_name: 'herald' })
  // A connection can break while it is idle. The next query on it then fails, which is enough.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const names = createStatementNames()
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect()
      const known = clients.get(client) ?? toKysely(client, names)
      clients.set(client, known)
      return known
    },
  }
}

function openKysely(options: pg.PoolConfig): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: openPool(options) }) })
}

/** Connections for reads, and others for writes. So reads do not wait for writes that wait for rows. */
export interface PostgresPools {
  readonly reads: Kysely<Tables>
  readonly writes: Kysely<Tables>
  /** How many connections are for writes. */
  readonly writers: number
  close(): Promise<void>
}

/** Opens both pools. Connections are made when needed, and a failing one is never an unhandled error. */
export function openPostgres({ url, poolSize = 10, readers }: PostgresOptions): PostgresPools {
  const size = Math.max(poolSize, 2)
  const reading = Math.min(Math.max(readers ?? Math.floor(size / 2), 1), size - 1)
  const open = (max: number, more: pg.PoolConfig): Kysely<Tables> =>
    openKysely({
      connectionString: url,
      max,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_CONNECTION_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      ...more,
    })
  const reads = open(reading, {})
  const writes = open(size - reading, { lock_timeout: LOCK_TIMEOUT_MS })
  return {
    reads,
    writes,
    writers: size - reading,
    close: async () => {
      await Promise.all([reads.destroy(), writes.destroy()])
    },
  }
}

/** Opens one connection whose statements may take as long as they need, such as building an index. */
export function openUntimedPostgres({ url }: PostgresOptions): Kysely<Tables> {
  return openKysely({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
}
