import { join } from 'node:path'
import { afterAll, inject, onTestFinished } from 'vitest'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { makeDatabase, type TestDatabase } from './postgres-databases.ts'
import { tempFolder } from './temp.ts'

/** Opens a database once more, as another node would. Whoever opens it closes it. */
export type OpenStorage = () => Promise<Storage>

const prepareSqlite = (): OpenStorage => {
  const file = join(tempFolder(), 'herald.db')
  return () => openSqliteStorage({ file, synchronous: 'OFF' })
}

const preparePostgres = (): OpenStorage => {
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
export const prepareStorage = (): OpenStorage => {
  const open = inject('database') === 'postgres' ? preparePostgres() : prepareSqlite()
  return async () => {
    const storage = await open()
    onTestFinished(storage.close)
    return storage
  }
}

const free: TestDatabase[] = []

afterAll(async () => {
  for (const { drop } of free.splice(0)) await drop()
})

/** Making a database takes a tenth of a second, so one serves the tests of a file one after the other. */
const openPostgres = async (): Promise<Storage> => {
  const database = free.pop() ?? (await makeDatabase(inject('postgres')))
  const storage = await openPostgresStorage({ url: database.url, poolSize: 4 })
  onTestFinished(async () => {
    await storage.close()
    await database.empty()
    free.push(database)
  })
  return storage
}

/** Opens an empty database of the kind that this run is about, for one test. */
export const openStorage = (): Promise<Storage> =>
  inject('database') === 'postgres' ? openPostgres() : prepareStorage()()
