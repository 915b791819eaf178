import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createFileGuard } from '../../src/storage/sqlite-file.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import { succeed } from '../support/backups.ts'
import { connectDevice } from '../support/device.ts'
import { NOTIFY, until } from '../support/nodes.ts'
import { startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'
import { startWatch } from '../support/watch.ts'

const NOTIFY_MANY =
  'mutation ($userIds: [ID!]!) { notify(input: { userIds: $userIds, notification: { type: "a.b", title: "Hi" } }) { notificationId } }'

/** A Herald over a folder, a backend, and what it logs. */
async function open() {
  const parent = tempFolder()
  const folder = join(parent, 'data')
  const log = join(parent, 'log')
  const herald = await startProcess({ DATA_DIR: folder, LOG_LEVEL: 'warn', LOG_PRETTY: 'false' }, `exec 2> ${log}`)
  const backend = await connectDevice(herald, 'shop', 'backend')
  await backend.run(NOTIFY, { to: 'alice' })
  const ready = async (): Promise<number> => (await fetch(new URL('/ready', herald.url))).status
  const told = (): readonly Record<string, string>[] =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.includes('was removed or replaced while Herald was running'))
      .map((line) => JSON.parse(line))
  return { folder, file: join(folder, 'herald.db'), told, backend, ready }
}

const FAULTS: readonly (readonly [string, (folder: string, file: string) => void])[] = [
  ['whose folder is removed', (folder) => rmSync(folder, { recursive: true })],
  ['whose folder is moved away', (folder) => renameSync(folder, `${folder}-old`)],
  ['whose file is removed', (_, file) => rmSync(file)],
  ['whose write-ahead log is removed', (_, file) => rmSync(`${file}-wal`)],
  [
    'whose file is replaced by a copy',
    (_, file) => {
      cpSync(file, `${file}.copy`)
      renameSync(`${file}.copy`, file)
    },
  ],
]

/** In milliseconds. */
const NOTICED_MS = 5_000

describe('an embedded database', () => {
  test.each(FAULTS)(
    '%s is noticed at once: it acknowledges nothing more, is not ready, and says so once',
    async (_, act) => {
      const { folder, file, told, backend, ready } = await open()
      act(folder, file)
      const elapsed = startWatch()
      expect(await ready()).toBe(503)
      const refused = { code: 'SERVICE_UNAVAILABLE', message: 'The file of the database is gone. Nothing is stored.' }
      for (let call = 0; call < 3; call += 1)
        await expect(backend.run(NOTIFY, { to: 'alice' })).rejects.toMatchObject(refused)
      expect(elapsed()).toBeLessThan(NOTICED_MS)
      expect(told()).toHaveLength(1)
      expect(told()[0]).toMatchObject({ level: 'error', msg: expect.stringContaining(folder) })
    },
  )

  test('whose folder is gone says so within 5 s although nobody writes, and is well when it is moved back', async () => {
    const { folder, told, backend, ready } = await open()
    renameSync(folder, `${folder}-old`)
    const elapsed = startWatch()
    await until(async () => told().length > 0)
    expect(elapsed()).toBeLessThan(NOTICED_MS)
    expect(await ready()).toBe(503)
    renameSync(`${folder}-old`, folder)
    expect(await ready()).toBe(200)
    await backend.run(NOTIFY, { to: 'alice' })
  })

  test('that a copy over it has damaged acknowledges nothing more once a write has found that', async () => {
    const { folder, file, backend, ready } = await open()
    const copy = join(tempFolder(), 'copy.db')
    await succeed(['backup', copy], { DATA_DIR: folder })
    const write = (): Promise<unknown> => backend.run(NOTIFY, { to: 'alice' })
    const userIds = Array.from({ length: 300 }, (_, index) => `user-${index}`)
    for (let call = 0; call < 3; call += 1) await backend.run(NOTIFY_MANY, { userIds })
    const database = new DatabaseSync(file, { timeout: 5_000 })
    onTestFinished(() => database.close())
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    // The log has a part of what the copy lacks.
    await write()
    execFileSync('cp', [copy, file])
    await until(() =>
      write().then(
        () => false,
        () => true,
      ),
    )
    const refused = { code: 'SERVICE_UNAVAILABLE', message: 'The file of the database is damaged. Nothing was stored.' }
    for (let call = 0; call < 30; call += 1) await expect(write()).rejects.toMatchObject(refused)
    expect(await ready()).toBe(503)
  })

  test('that cannot be written any more is not ready', async () => {
    const storage = await openSqliteStorage({ file: join(tempFolder(), 'herald.db') })
    onTestFinished(storage.close)
    const write = () => storage.write((tx) => tx.insertInto('meta').values({ key: 'k', value: 'v' }).execute())
    await storage.write((tx) => sql`PRAGMA query_only = ON`.execute(tx))
    await expect(write()).rejects.toMatchObject({ message: 'The database is read-only. Nothing was stored.' })
    await expect(storage.ping()).rejects.toMatchObject({ message: 'The database cannot be written.' })
    await storage.read((tx) => tx.selectFrom('meta').selectAll().execute())
  })

  test('is well again when a write has succeeded', () => {
    const guard = createFileGuard(join(tempFolder(), 'herald.db'), undefined)
    const SQLITE_IOERR = 10
    guard.wrote(SQLITE_IOERR)
    expect(guard.requireWritable).toThrow('The database cannot be written.')
    guard.wrote(undefined)
    guard.requireWritable()
  })

  test('is not well again by itself when a write has found it damaged', async () => {
    const storage = await openSqliteStorage({ file: join(tempFolder(), 'herald.db') })
    onTestFinished(storage.close)
    const write = () => storage.write((tx) => tx.insertInto('meta').values({ key: 'k', value: 'v' }).execute())
    const find = () => storage.write(() => Promise.reject(Object.assign(new Error('malformed'), { errcode: 11 })))
    const refused = { message: 'The file of the database is damaged. Nothing was stored.' }
    // They are one transaction.
    const results = await Promise.allSettled([write(), find(), write()])
    for (const result of results) expect(result).toMatchObject({ reason: refused })
    await expect(write()).rejects.toMatchObject(refused)
    await expect(storage.ping()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  })
})
