import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import { newEpoch } from '../lib/ids.ts'
import type { Tx } from './storage.ts'

/** The last row that a process has written into `witnesses`, as the file beside the database names it. */
interface Testimony {
  readonly node: string
  readonly count: number
}

/**
 * A file beside the database that names a row which is in it. When the database at a start does not have that row, an older one was put in
 * its place while nobody served from it.
 */
export interface SqliteWitness {
  /** Whether the database lacks what the file names. A file that is missing or cannot be read names nothing. */
  contradicts(tx: Tx): Promise<boolean>
  /** Writes a new row into the database. Once that is stored, `record` writes it into the file. */
  write(tx: Tx, now: number): Promise<Testimony>
  /** Names a row in the file. Never throws: without the file, the next start only finds less. */
  record(testimony: Testimony): void
}

function witnessOf(file: string): string {
  return join(dirname(file), `${parse(file).name}-witness.json`)
}

function read(path: string): Testimony | undefined {
  try {
    const { node, count } = JSON.parse(readFileSync(path, 'utf8'))
    return typeof node === 'string' && typeof count === 'number' ? { node, count } : undefined
  } catch {
    return undefined
  }
}

/** Deletes the witness of a database that is being replaced. */
export function removeWitness(file: string): void {
  rmSync(witnessOf(file), { force: true })
}

/**
 * Creates the witness of a database file. Each process that serves from it has a row of its own, and the file names the row that was
 * written last.
 */
export function createSqliteWitness(file: string): SqliteWitness {
  const path = witnessOf(file)
  const node = newEpoch()
  let last = 0
  return {
    contradicts: async (tx) => {
      const said = read(path)
      if (!said) return false
      const row = await tx.selectFrom('witnesses').select('count').where('node', '=', said.node).executeTakeFirst()
      return row === undefined || row.count < said.count
    },
    write: async (tx, now) => {
      last += 1
      const row = { node, count: last, token: newEpoch(), at: now }
      await tx
        .insertInto('witnesses')
        .values(row)
        .onConflict((conflict) => conflict.column('node').doUpdateSet(row))
        .execute()
      return row
    },
    record: ({ node: by, count }) => {
      const fresh = `${path}.${process.pid}`
      try {
        writeFileSync(fresh, JSON.stringify({ node: by, count }), { mode: 0o600 })
        renameSync(fresh, path)
      } catch {
        rmSync(fresh, { force: true })
      }
    },
  }
}
