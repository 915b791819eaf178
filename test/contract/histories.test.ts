import { describe, expect, onTestFinished, test } from 'vitest'
import { openHistories } from '../../src/delivery/audit.ts'
import { openTerm, readIncarnation, renewHistory } from '../../src/storage/incarnation.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { goesOnFrom, lastTerm } from '../../src/storage/stream-terms.ts'
import { advanceStream, type StreamState } from '../../src/storage/streams.ts'
import { openEmbedded } from '../support/embedded.ts'
import { until } from '../support/nodes.ts'
import { openStorage, prepareStorage } from '../support/storage.ts'

function write(storage: Storage, facts = 1): Promise<StreamState> {
  return storage.write((tx) => advanceStream(tx, 'user:ada', { facts, entries: 0 }))
}

function placeOf({ epoch, revision, terms }: StreamState) {
  return { epoch, revision, term: lastTerm(terms) }
}

describe('a stream', () => {
  test('goes on from every place of its past, in whichever term', async () => {
    const storage = await openStorage()
    const places = [placeOf(await write(storage, 0))]
    for (let term = 0; term < 5; term++) {
      places.push(placeOf(await write(storage, 3)), placeOf(await write(storage, 2)))
      await storage.write((tx) => openTerm(tx))
    }
    const now = await write(storage)
    expect(now.revision).toBe(26)
    for (const place of places) expect(goesOnFrom(now, place)).toBe(true)
    expect(goesOnFrom(now, { ...placeOf(now), revision: 27 })).toBe(false)
  })

  test('does not go on from what an earlier term wrote further than where the next one began', async () => {
    const storage = await openStorage()
    const kept = await write(storage, 100)
    const lost = { ...placeOf(kept), revision: 120 }
    expect(goesOnFrom(kept, lost)).toBe(false)
    await storage.write((tx) => openTerm(tx))
    const now = await write(storage, 25)
    expect(goesOnFrom(now, lost)).toBe(false)
    expect(goesOnFrom(now, { ...placeOf(kept), revision: 101 })).toBe(false)
    expect(goesOnFrom(now, placeOf(kept))).toBe(true)
  })

  test('does not go on from a term that it knows nothing of', async () => {
    const storage = await openStorage()
    const now = await write(storage, 100)
    expect(goesOnFrom(now, { ...placeOf(now), term: 'a lost term', revision: 50 })).toBe(false)
  })

  test('goes on from a place that an earlier version gave out, up to where the first term began', async () => {
    const storage = await openStorage()
    await write(storage, 0)
    await storage.write((tx) => tx.updateTable('streams').set({ revision: 100 }).execute())
    const now = await write(storage, 20)
    expect(goesOnFrom(now, { epoch: now.epoch, term: '', revision: 100 })).toBe(true)
    expect(goesOnFrom(now, { epoch: now.epoch, term: '', revision: 101 })).toBe(false)
  })

  test('keeps a bounded number of terms, and of older ones only what is safe', async () => {
    const storage = await openStorage()
    const places = []
    for (let term = 0; term < 50; term++) {
      places.push(placeOf(await write(storage)))
      await storage.write((tx) => openTerm(tx))
    }
    const now = await write(storage)
    expect(now.terms.length).toBe(40 * 27)
    const went = places.map((place) => goesOnFrom(now, place))
    expect(went).toEqual(places.map((_, index) => index >= 11))
    expect(goesOnFrom(now, { epoch: now.epoch, term: '', revision: 0 })).toBe(true)
    expect(goesOnFrom(now, { epoch: now.epoch, term: '', revision: 1 })).toBe(false)
  })

  test('does not go on from another history, once that is begun', async () => {
    const storage = await openStorage()
    const before = placeOf(await write(storage, 5))
    await storage.write((tx) => renewHistory(tx))
    const now = await write(storage)
    expect(goesOnFrom(now, before)).toBe(false)
    expect(goesOnFrom(now, placeOf(now))).toBe(true)
    expect(now.revision).toBe(6)
  })
})

describe('a history', () => {
  test('is begun by one of several nodes that find the same', async () => {
    const storage = await openStorage()
    const known = await storage.readOne(readIncarnation)
    const begun = await Promise.all(
      Array.from({ length: 3 }, () => storage.write((tx) => renewHistory(tx, known), crypto.randomUUID())),
    )
    expect(begun.filter((one) => one)).toHaveLength(1)
    const now = await storage.readOne(readIncarnation)
    expect(now.history).not.toBe(known.history)
    expect(now.term).not.toBe(known.term)
  })

  test('and a term last when the database is opened again', async () => {
    const open = prepareStorage()
    const first = await open()
    await first.write((tx) => renewHistory(tx))
    const { history } = await first.readOne(readIncarnation)
    const second = await open()
    expect(await second.readOne(readIncarnation)).toMatchObject({ history })
    await write(first)
    await write(second)
  })

  test('leaves what nodes know the database by for a week, and not for ever', async () => {
    const { storage, clock, ...embedded } = await openEmbedded()
    const DAY_MS = 24 * 60 * 60 * 1_000
    const nodes = async (): Promise<readonly string[]> =>
      (await storage.readOne((db) => db.selectFrom('witnesses').select('node').execute())).map(({ node }) => node)
    const rows = [6, 8].map((days) => ({ node: `${days} days`, count: 1, token: 't', at: clock.now() - days * DAY_MS }))
    await storage.write((tx) => tx.insertInto('witnesses').values(rows).execute())
    const histories = openHistories({ storage, clock, ...embedded })
    onTestFinished(histories.close)
    await until(async () => !(await nodes()).includes('8 days'))
    expect(await nodes()).toContain('6 days')
    // That of the node itself, besides what its storage keeps of its own.
    expect((await nodes()).length).toBeGreaterThan(1)
  })
})
