import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'

/** Somebody who gets at the database of a Herald without it. */
export interface Outsider {
  /** Opens it as Herald does. Only while none serves from it. */
  readonly openStorage: () => Promise<Storage>
  /** Begins to change an inbox, and keeps what that locks until told to let go. */
  readonly hold: (userId: string) => Promise<() => Promise<void>>
  /** Whether somebody else has locked an inbox at this moment; of SQLite, the file. */
  readonly isHeld: (userId: string) => Promise<boolean>
}

const TOUCH = 'UPDATE inbox SET category = category WHERE user_id ='

function onSqlite(file: string): Outsider {
  let opened: DatabaseSync | undefined
  const open = (): DatabaseSync => {
    opened ??= new DatabaseSync(file, { timeout: 0 })
    return opened
  }
  const begin = async (): Promise<boolean> => {
    try {
      open().exec('BEGIN IMMEDIATE')
      return true
    } catch {
      return false
    }
  }
  onTestFinished(() => opened?.close())
  return {
    openStorage: () => openSqliteStorage({ file, synchronous: 'OFF' }),
    hold: async (userId) => {
      while (!(await begin()));
      open().prepare(`${TOUCH} ?`).run(userId)
      return async () => open().exec('ROLLBACK')
    },
    isHeld: async () => {
      if (!(await begin())) return true
      open().exec('ROLLBACK')
      return false
    },
  }
}

const FREE = 'SELECT stream FROM streams WHERE stream = $1 FOR UPDATE SKIP LOCKED'

function onPostgres(url: string): Outsider {
  let opened: Promise<pg.Client> | undefined
  const open = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }
  const client = (): Promise<pg.Client> => {
    opened ??= open()
    return opened
  }
  return {
    openStorage: () => openPostgresStorage({ url }),
    hold: async (userId) => {
      const holder = await client()
      await holder.query('BEGIN')
      await holder.query('SELECT 1 FROM streams WHERE stream = $1 FOR UPDATE', [`user:${userId}`])
      await holder.query(`${TOUCH} $1`, [userId])
      return async () => {
        await holder.query('ROLLBACK')
      }
    },
    isHeld: async (userId) => (await (await client()).query(FREE, [`user:${userId}`])).rowCount === 0,
  }
}

/** Somebody at the database that a configuration names. */
export function openOutsider({ DATABASE_URL: url, DATA_DIR: folder }: Environment): Outsider {
  return url ? onPostgres(url) : onSqlite(join(folder ?? '', 'herald.db'))
}
