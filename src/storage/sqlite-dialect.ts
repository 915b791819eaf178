import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { LRUCache } from 'lru-cache'

/** Prepared statements kept per connection; the product's own statements are far fewer, bulk ones vary in length. */
const MAX_STATEMENTS = 500
/** Characters of all of them: one that names 10,000 rows is a text of 30,000, and what SQLite makes of it is larger. */
const MAX_LENGTH = 1_000_000
const MAX_LENGTH_EACH = 50_000

const openConnection = (database: DatabaseSync): DatabaseConnection => {
  const statements = new LRUCache<string, StatementSync>({
    max: MAX_STATEMENTS,
    maxSize: MAX_LENGTH,
    maxEntrySize: MAX_LENGTH_EACH,
    sizeCalculation: (_, { length }) => length,
  })
  const prepare = (text: string): StatementSync => {
    const known = statements.get(text)
    if (known) return known
    const statement = database.prepare(text)
    statements.set(text, statement)
    return statement
  }
  return {
    executeQuery: async <Row>({ sql, parameters }: CompiledQuery) => {
      const statement = prepare(sql)
      const values = parameters as readonly SQLInputValue[]
      if (statement.columns().length > 0) return { rows: statement.all(...values) as Row[] }
      const { changes, lastInsertRowid } = statement.run(...values)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    },
    streamQuery: () => {
      throw new Error('Streaming is not needed: every query of Herald is paged.')
    },
  }
}

const SQLITE_BUSY = 5
const BUSY_RETRY_MS = 5
const BUSY_TIMEOUT_MS = 5_000

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY

/** SQLite would wait for another writer by blocking the whole process, so the waiting is done here. */
const beginWriting = async (database: DatabaseSync): Promise<void> => {
  for (let waited = 0; ; waited += BUSY_RETRY_MS) {
    try {
      // IMMEDIATE: a transaction that reads first and writes later could not be upgraded while another process writes.
      database.exec('BEGIN IMMEDIATE')
      return
    } catch (error) {
      if (!isBusy(error) || waited >= BUSY_TIMEOUT_MS) throw error
      await setTimeout(BUSY_RETRY_MS)
    }
  }
}

/** One connection, handed out to one transaction at a time, in the order of asking. */
const createDriver = (database: DatabaseSync): Driver => {
  const connection = openConnection(database)
  let queue: Promise<void> = Promise.resolve()
  let release = (): void => {}

  return {
    init: async () => {},
    acquireConnection: async () => {
      const turn = queue
      const { promise, resolve } = Promise.withResolvers<void>()
      queue = promise
      await turn
      release = resolve
      return connection
    },
    releaseConnection: async () => release(),
    beginTransaction: async (_, { accessMode }) => {
      if (accessMode === 'read only') database.exec('BEGIN')
      else await beginWriting(database)
    },
    commitTransaction: async () => database.exec('COMMIT'),
    // SQLite rolls back by itself when a statement finds the disk full.
    rollbackTransaction: async () => {
      if (database.isTransaction) database.exec('ROLLBACK')
    },
    destroy: async () => database.close(),
  }
}

/** Kysely over Node's own SQLite. */
export const createSqliteDialect = (database: DatabaseSync): Dialect => ({
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => createDriver(database),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
})
