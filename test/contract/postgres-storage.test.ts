import { sql } from 'kysely'
import { expect, inject, onTestFinished, test } from 'vitest'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import { advanceStream, readStream } from '../../src/storage/streams.ts'
import { makeDatabase } from '../support/postgres-databases.ts'
import { prepareStorage } from '../support/storage.ts'

/** Resolves when it has been called by as many as are expected. */
function meeting(size: number) {
  const all = Promise.withResolvers<void>()
  let present = 0
  return async (): Promise<void> => {
    present += 1
    if (present >= size) all.resolve()
    await all.promise
  }
}

test('an empty database is migrated once when several nodes start at the same time', async () => {
  const { url, drop } = await makeDatabase({ ...inject('postgres'), template: 'template0' })
  onTestFinished(drop)
  const nodes = await Promise.all(Array.from({ length: 4 }, () => openPostgresStorage({ url })))
  onTestFinished(async () => {
    await Promise.all(nodes.map(({ close }) => close()))
  })
  expect(new Set(nodes.map(({ epoch }) => epoch)).size).toBe(1)
})

test('a server that is away at the start is named, without a word of the password', async () => {
  const failed = openPostgresStorage({ url: 'postgres://herald:hunter2@127.0.0.1:1/herald' })
  await expect(failed).rejects.toMatchObject({
    name: 'StartError',
    message: 'DATABASE_URL: no Postgres answers at 127.0.0.1:1 (ECONNREFUSED). Start it, or correct DATABASE_URL.',
  })
  expect(JSON.stringify(await failed.catch(({ message, stack, cause }) => [message, stack, cause]))).not.toContain(
    'hunter2',
  )
})

test('two commands that wait for each other both succeed', async () => {
  const storage = await prepareStorage()()
  const meet = meeting(2)
  const lock = (first: string, second: string) =>
    storage.write(async (tx) => {
      await advanceStream(tx, first)
      await meet()
      await advanceStream(tx, second)
    })
  await Promise.all([lock('user:ada', 'user:bob'), lock('user:bob', 'user:ada')])
  expect(await storage.read((tx) => readStream(tx, 'user:ada'))).toMatchObject({ revision: 2 })
})

test('a command whose connection breaks before the commit runs again, and is stored once', async () => {
  const storage = await prepareStorage()()
  let runs = 0
  const revision = await storage.write(async (tx) => {
    runs += 1
    const state = await advanceStream(tx, 'user:ada')
    if (runs === 1) await sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(tx)
    return state.revision
  })
  expect([runs, revision]).toEqual([2, 1])
})

test('a command whose connection breaks during the commit says that it may be stored', async () => {
  const storage = await prepareStorage()()
  // A constraint that is checked at the commit, and ends the connection there.
  await storage.write(async (tx) => {
    await sql`CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`.execute(tx)
    await sql`CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON meta DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION cut()`.execute(tx)
  })
  const failed = storage.write((tx) => tx.insertInto('meta').values({ key: 'k', value: 'v' }).execute())
  await expect(failed).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { mayBeStored: true } })
})

test('a busy stream leaves connections to the others', async () => {
  const storage = await prepareStorage()()
  const free = Promise.withResolvers<void>()
  const waiting = Array.from({ length: 50 }, () =>
    storage.write(async (tx) => {
      await advanceStream(tx, 'user:ada')
      await free.promise
    }, 'user:ada'),
  )
  await storage.write((tx) => advanceStream(tx, 'user:bob'), 'user:bob')
  free.resolve()
  await Promise.all(waiting)
  expect(await storage.read((tx) => readStream(tx, 'user:ada'))).toMatchObject({ revision: 50 })
})

test('text is sorted bytewise, whatever the language of the database', async () => {
  const storage = await prepareStorage()()
  const keys = ['b', 'B', 'a', 'é', '-', 'Z']
  await storage.write(async (tx) => {
    for (const key of keys) await tx.insertInto('meta').values({ key, value: key }).execute()
  })
  const rows = await storage.read((tx) =>
    tx.selectFrom('meta').select('key').where('key', 'in', keys).orderBy('key').execute(),
  )
  expect(rows.map(({ key }) => key)).toEqual(['-', 'B', 'Z', 'a', 'b', 'é'])
})

test('a lock is one transaction’s at a time, of all nodes, and free when that has ended', async () => {
  const openNode = prepareStorage()
  const [one, other] = [await openNode(), await openNode()]
  const tryLock = (storage: typeof one, name: string) => storage.write((tx) => storage.tryLock(tx, name))
  await one.write(async (tx) => {
    expect(await one.tryLock(tx, 'retention')).toBe(true)
    expect(await tryLock(other, 'retention')).toBe(false)
    expect(await tryLock(other, 'another')).toBe(true)
  })
  expect(await tryLock(other, 'retention')).toBe(true)
})
