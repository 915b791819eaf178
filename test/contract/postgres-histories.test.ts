import { sql } from 'kysely'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { readIncarnation } from '../../src/storage/incarnation.ts'
import { openNodeLease } from '../../src/storage/node-lease.ts'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { lastTerm } from '../../src/storage/stream-terms.ts'
import { advanceStream } from '../../src/storage/streams.ts'
import { silentLog } from '../support/embedded.ts'
import { makeDatabase } from '../support/postgres-databases.ts'
import { openPostgresServer } from '../support/postgres-server.ts'

async function openDatabase(): Promise<string> {
  const { url, drop } = await makeDatabase(inject('postgres'))
  onTestFinished(drop)
  return url
}

async function open(url: string, isAlone = false): Promise<Storage> {
  const storage = await openPostgresStorage({ url, poolSize: 4, isAlone })
  onTestFinished(storage.close)
  return storage
}

async function write(storage: Storage): Promise<string> {
  return lastTerm((await storage.write((tx) => advanceStream(tx, 'user:ada'))).terms)
}

/** Makes the table anew, as `pg_restore --clean` does. */
function replaceTable(storage: Storage): Promise<unknown> {
  return storage.write(async (tx) => {
    await sql`CREATE TABLE kept AS SELECT * FROM incarnation`.execute(tx)
    await sql`TRUNCATE incarnation`.execute(tx)
    await sql`INSERT INTO incarnation SELECT * FROM kept`.execute(tx)
    await sql`DROP TABLE kept`.execute(tx)
  })
}

describe('on Postgres', () => {
  test('a write into a database that was made anew opens a new term first, and takes place', async () => {
    const storage = await open(await openDatabase())
    const terms = [await write(storage), await write(storage)]
    await replaceTable(storage)
    terms.push(...(await Promise.all(Array.from({ length: 5 }, () => write(storage)))))
    expect(new Set(terms.slice(0, 2)).size).toBe(1)
    expect(new Set(terms.slice(2)).size).toBe(1)
    expect(terms[2]).not.toBe(terms[1])
    const { revision } = await storage.write((tx) => advanceStream(tx, 'user:ada'))
    expect(revision).toBe(8)
  })

  test('a restart of the server opens a new term and no new history', async () => {
    const server = await openPostgresServer()
    onTestFinished(server.close)
    const storage = await open(server.url)
    const before = await write(storage)
    const { history } = await storage.readOne(readIncarnation)
    await server.kill('INT')
    await server.start()
    expect(await write(storage)).not.toBe(before)
    expect(await storage.readOne(readIncarnation)).toMatchObject({ history })
    const other = await open(server.url)
    expect(await other.readOne(readIncarnation)).toMatchObject({ history })
  })

  test('a start finds the term as it was, unless it is alone', async () => {
    const url = await openDatabase()
    const { history, term } = await (await open(url)).readOne(readIncarnation)
    expect(await (await open(url)).readOne(readIncarnation)).toMatchObject({ history, term })
    const alone = await (await open(url, true)).readOne(readIncarnation)
    expect(alone.history).toBe(history)
    expect(alone.term).not.toBe(term)
  })

  test('a start of a node is a term of its own when no other one serves', async () => {
    const url = await openDatabase()
    const openNode = async (): Promise<Storage> => {
      const storage = await openPostgresStorage({ url, poolSize: 4, isNode: true })
      onTestFinished(storage.close)
      return storage
    }
    const first = await openNode()
    const { term } = await first.readOne(readIncarnation)
    const second = await openNode()
    const { term: next, history } = await second.readOne(readIncarnation)
    expect(next).not.toBe(term)
    const lease = await openNodeLease({
      ...{ storage: second, where: 'db/herald', key: 'DATABASE_URL', clock: systemClock, log: silentLog() },
    })
    onTestFinished(lease.close)
    expect(await (await openNode()).readOne(readIncarnation)).toMatchObject({ history, term: next })
  })

  test('a start on a database that is somewhere else begins a new history', async () => {
    const url = await openDatabase()
    const first = await open(url)
    const { history } = await first.readOne(readIncarnation)
    await replaceTable(first)
    const { history: begun, fingerprint, found } = await (await open(url)).readOne(readIncarnation)
    expect(begun).not.toBe(history)
    expect(fingerprint).toBe(found)
    expect(await (await open(url)).readOne(readIncarnation)).toMatchObject({ history: begun })
  })
})
