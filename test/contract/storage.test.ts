import { sql } from 'kysely'
import { describe, expect, inject, test } from 'vitest'
import { type Wanted, wants } from '../../src/lib/wanted.ts'
import { once } from '../../src/storage/idempotency.ts'
import { prepare, prepareWanted } from '../../src/storage/prepare.ts'
import { advanceStream, advanceStreams, ONE_ENTRY, readStream } from '../../src/storage/streams.ts'
import { prepareStorage } from '../support/storage.ts'

describe(`storage on ${inject('setup').database}`, () => {
  test('keeps what was written, and its epoch, when opened again', async () => {
    const open = prepareStorage()
    const first = await open()
    await first.write((tx) => advanceStream(tx, 'user:ada'))
    await first.close()

    const second = await open()
    expect(second.epoch).toBe(first.epoch)
    expect(await second.read((tx) => readStream(tx, 'user:ada'))).toMatchObject({ revision: 1 })
  })

  test('has another epoch than any other database', async () => {
    const [one, other] = [await prepareStorage()(), await prepareStorage()()]
    expect(one.epoch).not.toBe(other.epoch)
  })

  test('forgets all of a command that fails', async () => {
    const storage = await prepareStorage()()
    const failed = storage.write(async (tx) => {
      await advanceStream(tx, 'user:ada')
      throw new Error('on second thoughts')
    })
    await expect(failed).rejects.toThrow('on second thoughts')
    expect(await storage.read((tx) => readStream(tx, 'user:ada'))).toBeUndefined()
  })

  test('keeps the commands of others when one of many that came together fails', async () => {
    const storage = await prepareStorage()()
    const write = (n: number) =>
      storage.write(async (tx) => {
        const { revision } = await advanceStream(tx, 'user:ada')
        if (n % 3 === 0) throw new Error(`no ${n}`)
        return revision
      }, 'user:ada')
    const results = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => write(n)))
    const kept = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(kept).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10)
    expect(await storage.read((tx) => readStream(tx, 'user:ada'))).toMatchObject({ revision: 20 })
  })

  test('runs commands that name the same stream in the order of coming', async () => {
    const storage = await prepareStorage()()
    const order = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        storage.write(
          async (tx) => {
            const stream = `user:${n % 2}`
            const { revision } = await advanceStream(tx, stream)
            return `${stream} ${revision}`
          },
          `user:${n % 2}`,
        ),
      ),
    )
    expect(order).toEqual(Array.from({ length: 50 }, (_, n) => `user:${n % 2} ${Math.floor(n / 2) + 1}`))
  })

  test('keeps notes among commands, also when one of them fails', async () => {
    const open = prepareStorage()
    const storage = await open()
    const failed = storage.note(async (tx) => {
      await advanceStream(tx, 'user:ada')
      throw new Error('on second thoughts')
    })
    const kept = [
      storage.note((tx) => advanceStream(tx, 'user:ada')),
      storage.write((tx) => advanceStream(tx, 'user:ben')),
      storage.note((tx) => advanceStream(tx, 'user:ben')),
    ]
    await expect(failed).rejects.toThrow('on second thoughts')
    await Promise.all(kept)
    await storage.close()

    const again = await open()
    expect(await again.read((tx) => readStream(tx, 'user:ada'))).toMatchObject({ revision: 1 })
    expect(await again.read((tx) => readStream(tx, 'user:ben'))).toMatchObject({ revision: 2 })
  })

  test('reads what was stored before, while a command is under way', async () => {
    const storage = await prepareStorage()()
    await storage.write((tx) => advanceStream(tx, 'user:ada'))
    await storage.write(async (tx) => {
      await advanceStream(tx, 'user:ada')
      expect(await storage.read((other) => readStream(other, 'user:ada'))).toMatchObject({ revision: 1 })
    })
    expect(await storage.read((tx) => readStream(tx, 'user:ada'))).toMatchObject({ revision: 2 })
  })

  test('reads for a write while more than it can read at a time is being read', async () => {
    const storage = await prepareStorage()()
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    const crowd = Promise.all(Array.from({ length: 50 }, () => storage.read(() => over)))
    await storage.write((tx) => advanceStream(tx, 'user:ada'))
    expect(await storage.readForWrite((tx) => readStream(tx, 'user:ada'))).toMatchObject({ revision: 1 })
    end()
    await crowd
  })

  test('refuses to write in a read', async () => {
    const storage = await prepareStorage()()
    await expect(storage.read((tx) => advanceStream(tx, 'user:ada'))).rejects.toThrow()
    expect(await storage.read((tx) => readStream(tx, 'user:ada'))).toBeUndefined()
  })

  test('numbers the facts of a stream without holes, however many write at once', async () => {
    const open = prepareStorage()
    const nodes = [await open(), await open()]
    const writes = Array.from({ length: 60 }, (_, index) =>
      nodes[index % 2]!.write((tx) => advanceStream(tx, 'ticket:1:public', ONE_ENTRY)),
    )
    const revisions = (await Promise.all(writes)).map(({ revision }) => revision)
    expect(revisions.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
    expect(await nodes[0]!.read((tx) => readStream(tx, 'ticket:1:public'))).toMatchObject({ revision: 60, entries: 60 })
  })

  test('lets two writers of the same streams in opposite order both finish', async () => {
    const open = prepareStorage()
    const nodes = [await open(), await open()]
    const streams = ['user:ada', 'user:bob', 'user:cy']
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        nodes[index % 2]!.write((tx) => advanceStreams(tx, index % 2 ? streams : streams.toReversed())),
      ),
    )
    const states = await nodes[0]!.read((tx) => Promise.all(streams.map((stream) => readStream(tx, stream))))
    expect(states.map((state) => state?.revision)).toEqual([20, 20, 20])
  })

  test('advances more streams than a statement can bind', async () => {
    const storage = await prepareStorage()()
    const streams = Array.from({ length: 10_000 }, (_, index) => `user:${index}`)
    const states = await storage.write((tx) => advanceStreams(tx, streams))
    expect(states.size).toBe(10_000)
    expect(new Set([...states.values()].map(({ epoch }) => epoch)).size).toBe(10_000)
  })

  test('runs a command with a key once, even when asked twice at once', async () => {
    const storage = await prepareStorage()()
    const run = (id: string) =>
      storage.write((tx) =>
        once(tx, { command: 'notify', key: 'k', input: { b: 2, a: 1 }, now: 1 }, { id }, () =>
          advanceStream(tx, 'user:ada'),
        ),
      )
    const results = await Promise.all(['a', 'b', 'c'].map(run))
    expect(new Set(results.map(({ result }) => result.id)).size).toBe(1)
    expect(results.filter(({ isDuplicate }) => isDuplicate)).toHaveLength(2)
    expect(await storage.read((tx) => readStream(tx, 'user:ada'))).toMatchObject({ revision: 1 })
  })

  test('tells the same key with other input from a repetition', async () => {
    const storage = await prepareStorage()()
    const run = (input: unknown, now = 1, command = 'notify') =>
      storage.write((tx) => once(tx, { command, key: 'k', input, now }, { at: now }, async () => {}))
    await run({ a: 1, b: [1, { c: null }] })
    await expect(run({ b: [1, { c: null }], a: 1 })).resolves.toMatchObject({ isDuplicate: true })
    await expect(run({ a: 2 })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(run({ a: 2 }, 1, 'announce')).resolves.toMatchObject({ isDuplicate: false })
    const dayLater = 1 + 24 * 60 * 60 * 1000
    await expect(run({ a: 2 }, dayLater)).resolves.toMatchObject({ isDuplicate: false })
  })

  test('a key whose command failed can be used again', async () => {
    const storage = await prepareStorage()()
    const run = (work: () => Promise<void>) =>
      storage.write((tx) => once(tx, { command: 'notify', key: 'k', input: 1, now: 1 }, { ok: true }, work))
    await expect(run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(run(async () => {})).resolves.toEqual({ result: { ok: true }, isDuplicate: false })
  })

  test('runs a query that was built once with other values each time, also those that stand in it twice', async () => {
    let built = 0
    const select = prepare((db, { from, limit }: { readonly from: string; readonly limit: number }) => {
      built += 1
      const isBehind = sql<boolean>`(${from} = '' OR stream >= ${from})`
      return db.selectFrom('streams').select('stream').where(isBehind).orderBy('stream').limit(limit).compile()
    })
    const storages = [await prepareStorage()(), await prepareStorage()()]
    for (const storage of storages) {
      await storage.write((tx) => advanceStreams(tx, ['a', 'b', 'c']))
      const streamsFrom = async (from: string, limit: number) => {
        const rows = await storage.read((tx) => select(tx, { from, limit }))
        return rows.map(({ stream }) => stream).filter((stream) => stream.length === 1)
      }
      expect(await streamsFrom('a', 2)).toEqual(['a', 'b'])
      expect(await streamsFrom('b', 9)).toEqual(['b', 'c'])
    }
    // Each has connections that read and write, and they may build it apart.
    const forAll = built
    await storages[0]?.read((tx) => select(tx, { from: 'c', limit: 1 }))
    expect(built).toBe(forAll)
  })

  test('builds a query once for each set of wanted fields', async () => {
    const storage = await prepareStorage()()
    await storage.write((tx) => advanceStream(tx, 'a'))
    const built: Wanted[] = []
    const select = prepareWanted((db, { stream }: { readonly stream: string }, wanted) => {
      built.push(wanted)
      const columns = (['stream', 'revision'] as const).filter((column) => wants(wanted, column))
      return db.selectFrom('streams').select(columns).where('stream', '=', stream).compile()
    })
    const some = new Set(['revision'])
    for (const wanted of [undefined, some, some, undefined]) {
      const [row] = await storage.read((tx) => select(wanted)(tx, { stream: 'a' }))
      expect(row).toEqual(wanted ? { revision: 1 } : { stream: 'a', revision: 1 })
    }
    expect(built).toEqual([undefined, some])
  })

  test('refuses a database that a newer version has migrated', async () => {
    const open = prepareStorage()
    const storage = await open()
    await storage.write((tx) => sql`INSERT INTO migrations (name) VALUES ('9999-future')`.execute(tx))
    await storage.close()
    await expect(open()).rejects.toThrow('9999-future')
  })
})
