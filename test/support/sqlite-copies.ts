import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { tempFolder } from './temp.ts'

/** Copies a database that may be open, as it is now. Returns the file of the copy. */
export function copyOf(file: string): string {
  const copy = join(tempFolder(), 'copy.db')
  const database = new DatabaseSync(file, { timeout: 5_000 })
  database.exec(`VACUUM INTO '${copy}'`)
  database.close()
  return copy
}

/** Sets every table back to what it was in a copy, under whoever has the database open; but not the tables that are left out. */
export function reload(file: string, copy: string, leftOut: readonly string[] = []): void {
  const database = new DatabaseSync(file, { timeout: 5_000 })
  database.exec(`ATTACH '${copy}' AS kept`)
  const tables = database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_words%'`,
    )
    .all()
  database.exec('BEGIN IMMEDIATE')
  for (const { name } of tables.filter(({ name }) => !leftOut.includes(String(name))))
    database.exec(`DELETE FROM main.${name}; INSERT INTO main.${name} SELECT * FROM kept.${name}`)
  database.exec('COMMIT')
  database.close()
}
