import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { borrowDatabase } from './databases.ts'
import { makeDatabase } from './postgres-databases.ts'
import { tempFolder } from './temp.ts'

/** Opens a database once more, as another node would. Whoever opens it closes it. */
export type OpenStorage = () => Promise<Storage>

function prepareSqlite(): OpenStorage {
  const file = join(tempFolder(), 'herald.db')
  return () => openSqliteStorage({ file, synchronous: 'OFF' })
}

function preparePostgres(): OpenStorage {
  const make = async (): Promise<string> => {
    const { url, drop } = await makeDatabase(inject('postgres'))
    onTestFinished(drop)
    return url
  }
  let url: Promise<string> | undefined
  return async () => {
    url ??= make()
    return openPostgresStorage({ url: await url, poolSize: 4 })
  }
}

/** An empty database of the kind that this run is about, which is gone after the test. What is opened closes itself. */
export function prepareStorage(): OpenStorage {
  const open = inject('setup').database === 'postgres' ? preparePostgres() : prepareSqlite()
  return async () => {
    const storage = await open()
    onTestFinished(storage.close)
    return storage
  }
}

async function openPostgres(): Promise<Storage> {
  const storage = await openPostgresStorage({ url: await borrowDatabase(), poolSize: 4 })
  onTestFinished(storage.close)
  return storage
}

/** Opens an empty database of the kind that this run is about, for one test. */
export function openStorage(): Promise<Storage> {
  return inject('setup').database === 'postgres' ? openPostgres() : prepareStorage()()
}
