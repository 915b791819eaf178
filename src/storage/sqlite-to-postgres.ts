import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Kysely, sql } from 'kysely'
import { DatabaseFileError } from './database-file-error.ts'
import { renewHistory } from './incarnation.ts'
import { openUntimedPostgres } from './postgres-pool.ts'
import { openPostgresStorage } from './postgres-storage.ts'
import { copyDatabase, type OnProgress } from './sqlite-files.ts'
import { openSqliteStorage } from './sqlite-storage.ts'
import type { Tx } from './storage.ts'
import type { Tables } from './tables.ts'

/** Which backup `moveToPostgres` copies into which database. */
export interface MoveOptions {
  /** A backup of the embedded database. It is only read. */
  readonly from: string
  /** The Postgres database; it must hold nothing of Herald yet. */
  readonly url: string
  readonly onProgress: OnProgress
}

/** Tables that are not copied, because each database has its own: which migrations ran, its identity, which nodes serve from it. */
const OWN: ReadonlySet<string> = new Set(['migrations', 'meta', 'nodes', 'incarnation', 'witnesses'])
/** Rows that are inserted with one statement. */
const ROWS_PER_STATEMENT = 500

type Row = Record<string, unknown>

/** The tables whose rows are copied. The index of SQLite is not: Postgres makes its own of the same rows. */
function tablesOf(source: DatabaseSync): readonly string[] {
  return source
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'
      AND name NOT LIKE 'search_words%' ORDER BY name`)
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !OWN.has(name))
}

function countRows(source: DatabaseSync, tables: readonly string[]): number {
  return tables.reduce(
    (sum, table) => sum + Number(source.prepare(`SELECT count(*) AS n FROM "${table}"`).get()?.['n']),
    0,
  )
}

/** Throws DatabaseFileError when the database has any stream, and so holds data of a Herald. */
async function requireEmpty(tx: Tx): Promise<void> {
  const stream = await tx.selectFrom('streams').select('stream').limit(1).executeTakeFirst()
  if (stream)
    throw new DatabaseFileError('The database at DATABASE_URL holds data of a Herald: give one that is empty.')
}

function insert(tx: Tx, table: string, rows: readonly Row[]): Promise<unknown> {
  // The table names come from the file. Both databases have the same tables and columns.
  return (tx as unknown as Kysely<Record<string, Row>>).insertInto(table).values(rows).execute()
}

/** Copies the rows of all tables that are not a database's own. Resolves to how many. */
async function copyRows(source: DatabaseSync, tx: Tx, onProgress: (done: number) => void): Promise<number> {
  let done = 0
  for (const table of tablesOf(source)) {
    let rows: Row[] = []
    const flush = async (): Promise<void> => {
      if (rows.length > 0) await insert(tx, table, rows)
      done += rows.length
      rows = []
      onProgress(done)
    }
    for (const row of source.prepare(`SELECT * FROM "${table}"`).iterate()) {
      rows.push(row)
      if (rows.length === ROWS_PER_STATEMENT) await flush()
    }
    await flush()
  }
  return done
}

/**
 * Copies everything in one transaction: all of it, or nothing. Resolves to how many rows. `size` is the size of the file in bytes, for the
 * progress.
 */
async function copyAll(source: DatabaseSync, { url, onProgress }: MoveOptions, size: number): Promise<number> {
  const total = countRows(source, tablesOf(source))
  // Copying has no time limit, so no statement may have one.
  const db: Kysely<Tables> = openUntimedPostgres({ url })
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`LOCK TABLE streams IN EXCLUSIVE MODE`.execute(tx)
      await requireEmpty(tx)
      const rows = await copyRows(source, tx, (done) => onProgress((size * done) / Math.max(total, 1), size))
      await renewHistory(tx)
      return rows
    })
  } finally {
    await db.destroy()
  }
}

/**
 * Copies a backup of the embedded database into an empty Postgres database, and begins a new history there. Resolves to how many rows. The
 * Postgres database keeps its own identity, since the file can go on living. When it fails, nothing was copied. Throws DatabaseFileError,
 * and a StartError when Postgres cannot be used.
 */
export async function moveToPostgres(options: MoveOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-move-'))
  const file = join(folder, 'herald.db')
  try {
    let size = 0
    await copyDatabase(options.from, file, (_, total) => {
      size = total
    })
    // Both schemas are brought up to date, so that they have the same tables.
    await (await openSqliteStorage({ file })).close()
    await (await openPostgresStorage({ url: options.url })).close()
    const source = new DatabaseSync(file, { readOnly: true })
    try {
      return await copyAll(source, options, size)
    } finally {
      source.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
