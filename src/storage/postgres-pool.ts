import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { createStatementNames, isStale, type StatementNames } from './postgres-statements.ts'
import type { Tables } from './tables.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; parameters as libpq knows them, such as `sslmode`. */
  readonly url: string
  /** Connections at a time; at least 2. */
  readonly poolSize?: number
  /** How many of them are for reads; by default half. At least one is for reads and one for writes. */
  readonly readers?: number | undefined
  /** No other process writes to the database: each start is a term of its own, so that more is known of what was lost. */
  readonly isAlone?: boolean
  /** It serves together with others: a start is a term of its own when none of them serves. */
  readonly isNode?: boolean
}

/** How long to wait for a connection, be it to the server or for one of the pool to become free. */
const CONNECT_TIMEOUT_MS = 10_000
/** What the server gives one statement, including the wait for the lock of a stream. */
const STATEMENT_TIMEOUT_MS = 15_000
/** After this without an answer the server is gone without a word; longer than the server's own limit. */
const ANSWER_TIMEOUT_MS = 20_000
/** How long a statement waits for rows that somebody else holds: then those who do not need them go first. */
const LOCK_TIMEOUT_MS = 150
/** The server lets go of the rows of a node that went away, or was stopped, in the middle of a transaction. */
const IDLE_TRANSACTION_TIMEOUT_MS = 3_000
const IDLE_CONNECTION_MS = 30_000

const INT8 = 20

/** Revisions, counts and times are below 2^53, so 64-bit integers are read as numbers. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}

/** The client as Kysely uses it. */
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
  // A connection can break while nobody uses it; whoever uses one learns of it from the query.
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

/** Connections for reads, and others for writes: reads do not wait for those who wait for rows. */
export interface PostgresPools {
  readonly reads: Kysely<Tables>
  readonly writes: Kysely<Tables>
  /** Connections for writes. */
  readonly writers: number
  close(): Promise<void>
}

/** Opens pools of connections. They are made when needed, and no failing connection is ever an unhandled error. */
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

/** Opens a connection whose statements may take as long as they need, such as building an index. */
export function openUntimedPostgres({ url }: PostgresOptions): Kysely<Tables> {
  return openKysely({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
}
