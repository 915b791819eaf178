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

/** Prepared statements kept per connection; the product's own statements are far fewer, bulk ones vary in length. */
const MAX_STATEMENTS = 500
/** Characters of all of them: one that names 10,000 rows is a text of 30,000, and what SQLite makes of it is larger. */
const MAX_LENGTH = 1_000_000
const MAX_LENGTH_EACH = 50_000

interface Prepared {
  readonly statement: StatementSync
  readonly givesRows: boolean
}

/** SQLite works in the process itself: between statements, so within transactions, too, others have their turn. */
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
/** Always as soon: were the waits longer for those who have waited long, others would overtake them. */
const RETRY: Backoff = { firstMs: 7, maxMs: 7 }
/** How long writes wait for another process, as they wait for rows of Postgres. */
const MAX_WAIT_MS = 15_000
/** When nobody has asked for so long, another process may have it now. */
const FORGOTTEN_MS = 5_000

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

/** Another process holds the database for longer than any step takes: it may hang. */
const HELD_MS = 1_500
const HELD_AGAIN_MS = 500

/** Since when another process has held the database, as far as those found who asked. */
interface Held {
  readonly since: number
  readonly foundAt: number
  warnAt: number
}

/**
 * SQLite would wait for another writer by blocking the whole process, so the waiting is done here. It ends by how long the database has
 * been held, whoever asked: nobody waits longer because others have waited before, and then everybody is refused at once.
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

/** Connections, each handed out to one transaction at a time, in the order of asking. */
function createDriver(databases: readonly DatabaseSync[], yieldToLoop: YieldToLoop, onHeld: () => void): Driver {
  // The one that was used last comes first: what it has read is at hand.
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
 * Kysely over Node's own SQLite. With several connections so many transactions can be under way. `onHeld` is told, again and again, when
 * another process holds the database for so long that it may hang.
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
