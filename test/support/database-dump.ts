import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import type { Environment } from '../../src/config.ts'

/** What is stored: the rows of each table as JSON, sorted. */
export type Dump = ReadonlyMap<string, readonly string[]>

/** What changes while nobody does anything: who serves, what was written last, how far subscriptions are acknowledged. */
const RESTLESS = [
  'checkpoints',
  'incarnation',
  'incarnation_now',
  'last_seen',
  'meta',
  'migrations',
  'nodes',
  'witnesses',
]

/** Columns that repeat what stands in another table, for an index, or move by themselves, as devices acknowledge what they got. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  participants: ['public_at'],
  ticket_reads: ['delivered'],
}

type Row = Readonly<Record<string, unknown>>

function written(table: string) {
  return (row: Row): string =>
    JSON.stringify(row, (key, value) => {
      if (LEFT_OUT[table]?.includes(key)) return undefined
      return typeof value === 'bigint' ? `${value}` : value
    })
}

/** Whether a row only says how far devices have acknowledged: its user has read nothing yet. */
function isRestless(table: string, row: Row): boolean {
  return table === 'ticket_reads' && Number(row['number']) === 0
}

function dumpOf(tables: readonly (readonly [name: string, rows: readonly Row[]])[]): Dump {
  return new Map(
    tables.map(([name, rows]) => [
      name,
      rows
        .filter((row) => !isRestless(name, row))
        .map(written(name))
        .sort(),
    ]),
  )
}

function dumpSqlite(file: string): Dump {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const names = database
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_words%' ORDER BY name",
      )
      .all()
      .map(({ name }) => `${name}`)
      .filter((name) => !RESTLESS.includes(name))
    return dumpOf(names.map((name) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]))
  } finally {
    database.close()
  }
}

async function dumpPostgres(connectionString: string): Promise<Dump> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const found = await client.query(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1",
    )
    const tables: [string, Row[]][] = []
    for (const { name } of found.rows) {
      if (!RESTLESS.includes(name)) tables.push([name, (await client.query(`SELECT * FROM "${name}"`)).rows])
    }
    return dumpOf(tables)
  } finally {
    await client.end()
  }
}

/** Reads all that a Herald with this configuration has stored, but for what changes by itself. */
export async function dumpDatabase(env: Environment): Promise<Dump> {
  const url = env['DATABASE_URL']
  return url ? dumpPostgres(url) : dumpSqlite(join(env['DATA_DIR'] ?? '', 'herald.db'))
}

/** Whose a row is: of whom it is about or who wrote it; undefined where that is nobody alone. */
function ownerOf(row: string): string | undefined {
  const { user_id, author_id, stream } = JSON.parse(row.slice(row.indexOf('{')))
  return user_id ?? author_id ?? /^user:(.*)$/s.exec(stream ?? '')?.[1]
}

/** Whose rows are among those that `compareDumps` found. */
export function ownersOf(rows: readonly string[]): ReadonlySet<string> {
  return new Set(rows.flatMap((row) => ownerOf(row) ?? []))
}

/** The rows that one dump has and the other has not, `-` for before and `+` for after. */
export function compareDumps(before: Dump, after: Dump): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((table) => {
    const [old, now] = [before.get(table) ?? [], after.get(table) ?? []]
    const [oldRows, newRows] = [new Set(old), new Set(now)]
    return [
      ...old.filter((row) => !newRows.has(row)).map((row) => `- ${table} ${row}`),
      ...now.filter((row) => !oldRows.has(row)).map((row) => `+ ${table} ${row}`),
    ]
  })
}
