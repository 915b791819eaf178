import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

/** Prepared statements kept per connection; the product's own statements are far fewer, bulk ones vary in length. */
const MAX_STATEMENTS = 500

const openConnection = (database: DatabaseSync): DatabaseConnection => {
  const statements = new Map<string, StatementSync>()
  const prepare = (text: string): StatementSync => {
    const known = statements.get(text)
    if (known) return known
    const statement = database.prepare(text)
    if (statements.size >= MAX_STATEMENTS) statements.clear()
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

/** One connection, handed out to one transaction at a time, in the order of asking. */
const createDriver = (database: DatabaseSync): Driver => {
  const connection = openConnection(database)
  const run = async (_: DatabaseConnection, text: string): Promise<void> => database.exec(text)
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
    // A transaction that reads first and writes later could not be upgraded while another process writes.
    beginTransaction: (c, { accessMode }) => run(c, accessMode === 'read only' ? 'BEGIN' : 'BEGIN IMMEDIATE'),
    commitTransaction: (c) => run(c, 'COMMIT'),
    // SQLite rolls back by itself when a statement finds the disk full.
    rollbackTransaction: (c) => (database.isTransaction ? run(c, 'ROLLBACK') : Promise.resolve()),
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
