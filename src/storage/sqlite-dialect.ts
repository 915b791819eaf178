import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { LRUCache } from 'lru-cache'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import type { YieldToLoop } from '../lib/limiter.ts'
import { createPool } from '../lib/pool.ts'

/** Prepared statements kept per connection. Herald's own are far fewer; bulk statements vary in length. */
const MAX_STATEMENTS = 500
/** Characters of all statements that are kept. One that names 10,000 rows has 30,000, and what SQLite makes of it is larger. */
const MAX_LENGTH = 1_000_000
/** A statement with more characters is not kept. */
const MAX_LENGTH_EACH = 50_000

interface Prepared {
  readonly statement: StatementSync
  readonly givesRows: boolean
}

/** A connection. SQLite works in the process itself. So between statements, also within transactions, it yields to the event loop. */
class SqliteConnection implements DatabaseConnection {
  readonly database: DatabaseSync
  readonly #yieldToLoop: YieldToLoop
  readonly #statements = new LRUCache<string, Prepared>({
    max: MAX_STATEMENTS,
    maxSize: MAX_LENGTH,
    maxEntrySize: MAX_LENGTH_EACH,
    sizeCalculation: (_, { length }) => length,
  })

  constructor(database: DatabaseSync, yieldToLoop: YieldToLoop) {
    this.database = database
    this.#yieldToLoop = yieldToLoop
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const pause = this.#yieldToLoop()
    if (pause) await pause
    const { statement, givesRows } = this.#prepare(sql)
    const values = parameters as readonly SQLInputValue[]
    if (givesRows) return { rows: statement.all(...values) as Row[] }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  streamQuery(): never {
    throw new Error('Streaming is not needed: every query of Herald is paged.')
  }

  #prepare(text: string): Prepared {
    const known = this.#statements.get(text)
    if (known) return known
    const statement = this.database.prepare(text)
    const prepared = { statement, givesRows: statement.columns().length > 0 }
    this.#statements.set(text, prepared)
    return prepared
  }
}

const SQLITE_BUSY = 5
/** The waits do not grow. If they did, a newer write would overtake one that has waited long. */
const RETRY: Backoff = { firstMs: 7, maxMs: 7 }
/** How long writes wait for another process, in milliseconds: as long as they wait for rows of Postgres. */
const MAX_WAIT_MS = 15_000
/** When no write has found the database held for so many milliseconds, the time starts anew: another process may have it now. */
const FORGOTTEN_MS = 5_000

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

/** A process that holds the database for so many milliseconds may hang. No step of Herald takes that long. */
const HELD_MS = 1_500
/** How often `onHeld` is called after that, in milliseconds. */
const HELD_AGAIN_MS = 500

/** How long another process has held the database, as far as writes have found. Times are those of `performance.now()`. */
interface Held {
  readonly since: number
  readonly foundAt: number
  warnAt: number
}

/**
 * Makes the function that begins a write. SQLite would wait for another writer by blocking the whole process, so the waiting is done here.
 * The wait ends when the database has been held for 15 seconds, whichever write found that first. So no write waits longer because others
 * have waited before it, and in the end all are refused at once.
 */
function createBeginWriting(onHeld: () => void): (database: DatabaseSync) => Promise<void> {
  let held: Held | undefined
  const find = (now: number): Held => {
    const known = held && now - held.foundAt < FORGOTTEN_MS ? held : { since: now, warnAt: now + HELD_MS }
    held = { ...known, foundAt: now }
    return held
  }
  return async (database) => {
    for (;;) {
      try {
        // IMMEDIATE: a transaction that reads first and writes later could not be upgraded while another process writes.
        database.exec('BEGIN IMMEDIATE')
        held = undefined
        return
      } catch (error) {
        if (!isBusy(error)) throw error
        const now = performance.now()
        const found = find(now)
        if (now > found.warnAt) {
          onHeld()
          found.warnAt = now + HELD_AGAIN_MS
        }
        if (now - found.since > MAX_WAIT_MS) throw error
        await setTimeout(backoffMs(RETRY))
      }
    }
  }
}

/** Creates a driver that hands out each connection to one transaction at a time, in the order of asking. */
function createDriver(databases: readonly DatabaseSync[], yieldToLoop: YieldToLoop, onHeld: () => void): Driver {
  // The connection that was used last comes first: what it has read is still cached.
  const pool = createPool(databases.map((database) => new SqliteConnection(database, yieldToLoop)))
  const beginWriting = createBeginWriting(onHeld)
  const databaseOf = (connection: DatabaseConnection): DatabaseSync => (connection as SqliteConnection).database

  return {
    init: async () => {},
    acquireConnection: pool.take,
    releaseConnection: async (connection) => pool.giveBack(connection as SqliteConnection),
    beginTransaction: async (connection, { accessMode }) => {
      await yieldToLoop()
      if (accessMode === 'read only') databaseOf(connection).exec('BEGIN')
      else await beginWriting(databaseOf(connection))
    },
    commitTransaction: async (connection) => databaseOf(connection).exec('COMMIT'),
    // SQLite rolls back by itself when a statement finds the disk full.
    rollbackTransaction: async (connection) => {
      if (databaseOf(connection).isTransaction) databaseOf(connection).exec('ROLLBACK')
    },
    destroy: async () => {
      for (const database of databases) database.close()
    },
  }
}

/**
 * Creates a Kysely dialect over Node's own SQLite. As many transactions can be under way as there are connections. `onHeld` is called,
 * again and again, while another process holds the database for so long that it may hang.
 */
export function createSqliteDialect(
  databases: readonly DatabaseSync[],
  yieldToLoop: YieldToLoop,
  onHeld: () => void = () => {},
): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => createDriver(databases, yieldToLoop, onHeld),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}
