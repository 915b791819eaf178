import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Bus, topic } from '../../src/bus/bus.ts'
import type { Fail } from '../../src/feed/feed.ts'
import { followSignal } from '../../src/feed/signal.ts'
import { followState, type StateView } from '../../src/feed/state.ts'
import { openEmbedded } from '../support/embedded.ts'
import { openJournal } from '../support/journal.ts'
import { type Reader, read } from '../support/reader.ts'

const texts = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i).padStart(4, '0'))

const take = async (reader: Reader<{ readonly text: string }>, count: number): Promise<readonly string[]> =>
  (await reader.take(count)).map(({ text }) => text)

describe('a log', () => {
  test('brings what is stored after the cursor, then what happens, once and in order', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 35))
    const reader = read(await journal.follow(await journal.cursorAt(3)))
    expect(await take(reader, 32)).toEqual(texts(4, 35))
    const next = take(reader, 2)
    await journal.append('0036')
    await journal.append('0037')
    expect(await next).toEqual(texts(36, 37))
  })

  test('begins now without a cursor', async () => {
    const journal = await openJournal()
    await journal.append('0001')
    const feed = await journal.follow()
    await journal.append('0002')
    expect(await read(feed).next()).toEqual({ text: '0002' })
  })

  test('reads the store no more once it is live', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const lines = take(reader, 50)
    for (const text of texts(1, 50)) await journal.append(text)
    expect(await lines).toEqual(texts(1, 50))
    expect(journal.reads()).toBe(1)
  })

  test('heals a jump in the revisions from the store', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const first = reader.next()
    await journal.append('0001')
    await first
    for (const text of texts(2, 4)) await journal.appendSilently(text)
    await journal.append('0005')
    await journal.append('0006')
    expect(await take(reader, 5)).toEqual(texts(2, 6))
  })

  test('heals a gap of the bus from the store, even when nothing follows the lost event', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const lines = take(reader, 3)
    await journal.append('0001')
    await journal.appendSilently('0002')
    await journal.appendSilently('0003')
    journal.gap()
    expect(await lines).toEqual(texts(1, 3))
  })

  test('brings once what arrives while the store is read', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 3))
    const reader = read(await journal.follow(await journal.cursorAt(0)))
    const held = journal.holdNextRead()
    const lines = take(reader, 6)
    await held.begun
    for (const text of texts(4, 5)) await journal.append(text)
    held.release()
    await journal.append('0006')
    expect(await lines).toEqual(texts(1, 6))
  })

  test('heals a gap that falls into a read of the store', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const held = journal.holdNextRead()
    const lines = take(reader, 2)
    await held.begun
    await journal.appendSilently('0001')
    journal.gap()
    held.release()
    await journal.append('0002')
    expect(await lines).toEqual(texts(1, 2))
  })

  test('brings everything when more arrives during a read than it keeps', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const held = journal.holdNextRead()
    const lines = take(reader, 300)
    await held.begun
    for (const text of texts(1, 300)) await journal.append(text)
    held.release()
    expect(await lines).toEqual(texts(1, 300))
  })

  test('keeps little for a slow reader, which reads the store when it is back', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const first = reader.next()
    await journal.append('0001')
    await first
    for (const text of texts(2, 1_000)) await journal.append(text)
    expect(journal.reads()).toBe(1)
    expect(await take(reader, 999)).toEqual(texts(2, 1_000))
    expect(journal.reads()).toBeGreaterThan(1)
    const live = take(reader, 1)
    await journal.append('1001')
    expect(await live).toEqual(['1001'])
  })

  test('keeps for a slow reader no more facts of one event than of many', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const first = reader.next()
    await journal.append('0001')
    await first
    await journal.append(...texts(2, 500))
    expect(await take(reader, 499)).toEqual(texts(2, 500))
    expect(journal.reads()).toBeGreaterThan(1)
  })

  test('brings the order of commits under concurrent writers, to every reader', async () => {
    const journal = await openJournal()
    const readers = [read(await journal.follow()), read(await journal.follow())]
    const lines = readers.map((reader) => take(reader, 100))
    await Promise.all(texts(1, 100).map((text) => journal.append(text)))
    const [one, other] = await Promise.all(lines)
    expect(one).toEqual(other)
    const stored = await take(read(await journal.follow(await journal.cursorAt(0))), 100)
    expect(one).toEqual(stored)
  })

  test('gives with each fact the cursor behind it, from which nothing is missed', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 3))
    const reader = read(await journal.follow(await journal.cursorAt(0)))
    for (const revision of [1, 2, 3]) {
      const { cursor } = await reader.delivery()
      expect(cursor).toBe(await journal.cursorAt(revision))
    }
  })

  test.each(['live', 'stored'])('puts no cursor between %s facts of one revision', async (when) => {
    const journal = await openJournal()
    const reader = read(await journal.follow(await journal.cursorAt(0)))
    const first = when === 'live' ? reader.delivery() : undefined
    await journal.append('0001')
    await journal.appendTogether('0002', '0003', '0004')
    await journal.append('0005')
    const deliveries = [await (first ?? reader.delivery())]
    while (deliveries.length < 5) deliveries.push(await reader.delivery())
    const expected = await Promise.all([1, 1, 1, 2, 3].map(journal.cursorAt))
    expect(deliveries.map(({ cursor }) => cursor)).toEqual(expected)
    const again = read(await journal.follow(deliveries[2]?.cursor))
    expect(await take(again, 4)).toEqual(texts(2, 5))
  })

  test('repeats a revision of which a gap cut off the last fact: at least once, never less', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const first = take(reader, 2)
    await journal.append('0001')
    await journal.appendTogether('0002', '0003')
    await first
    journal.gap()
    expect(await take(reader, 2)).toEqual(['0002', '0003'])
  })

  test('is not cut off by the deletion of facts that do not concern it', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const first = reader.next()
    await journal.append('0001')
    await first
    const next = reader.next()
    await journal.appendTogether()
    await journal.prune(2)
    journal.gap()
    await journal.append('0003')
    expect(await next).toEqual({ text: '0003' })
  })

  test('ends with CURSOR_EXPIRED when what follows is no longer there, and stays ended', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 3))
    const feed = await journal.follow(await journal.cursorAt(1))
    await journal.prune(2)
    const iterator = feed[Symbol.asyncIterator]()
    await expect(iterator.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(journal.isListening()).toBe(false)
  })

  test('outlasts a store that is away for a while', async () => {
    const journal = await openJournal()
    const feed = await journal.follow()
    await journal.append('0001')
    journal.goAway(2)
    expect(await read(feed).next()).toEqual({ text: '0001' })
    expect(journal.reads()).toBe(3)
  })

  test('ends at once when it is cancelled, even while it waits', async () => {
    const journal = await openJournal()
    const iterator = (await journal.follow())[Symbol.asyncIterator]()
    const pending = [iterator.next(), iterator.next()]
    await journal.cursorAt(0)
    const done = { done: true, value: undefined }
    expect(await iterator.return?.()).toEqual(done)
    expect(await Promise.all(pending)).toEqual([done, done])
    expect(await iterator.next()).toEqual(done)
    expect(journal.isListening()).toBe(false)
  })

  test('ends at once when it is cancelled while the store is read', async () => {
    const journal = await openJournal()
    await journal.append('0001')
    const iterator = (await journal.follow(await journal.cursorAt(0)))[Symbol.asyncIterator]()
    const held = journal.holdNextRead()
    const pending = iterator.next()
    await held.begun
    await iterator.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    held.release()
    expect(journal.isListening()).toBe(false)
  })

  test('can be iterated by several, each on its own', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 3))
    const feed = await journal.follow(await journal.cursorAt(0))
    const [one, other] = [read(feed), read(feed)]
    expect(await take(one, 3)).toEqual(texts(1, 3))
    await one.stop()
    expect(await take(other, 3)).toEqual(texts(1, 3))
  })

  test('runs what accompanies it once at the beginning and once at the end, however it ends', async () => {
    const journal = await openJournal()
    const seen: string[] = []
    const fails: Fail[] = []
    const during = (fail: Fail) => {
      seen.push('joined')
      fails.push(fail)
      return () => seen.push('left')
    }
    const feed = await journal.follow(undefined, { during })
    expect(seen).toEqual([])
    const cancelled = read(feed)
    await cancelled.stop()
    await cancelled.stop()
    expect(seen).toEqual(['joined', 'left'])
    const failed = read(feed)
    const ending = failed.ended()
    fails[1]?.(new Error('thrown out'))
    fails[1]?.(new Error('again'))
    await expect(ending).rejects.toThrow('thrown out')
    expect(seen).toEqual(['joined', 'left', 'joined', 'left'])
  })

  test('that fails while nobody waits says so to the next who asks', async () => {
    const journal = await openJournal()
    let fail: Fail = () => {}
    const during = (own: Fail) => {
      fail = own
      return () => {}
    }
    const reader = read(await journal.follow(undefined, { during }))
    fail(new Error('thrown out'))
    await expect(reader.next()).rejects.toThrow('thrown out')
    await reader.ended()
  })
})

interface Level {
  readonly key: string
  readonly value: number
  readonly version: number
}

const levels = topic<Level>('levels', z.object({ key: z.string(), value: z.number(), version: z.number() }))

const openLevels = async (stored: Level[], own: Partial<StateView<Level, Level>> = {}) => {
  const { bus } = await openEmbedded()
  const set = (level: Level): void => {
    const index = stored.findIndex(({ key }) => key === level.key)
    stored.splice(index < 0 ? stored.length : index, index < 0 ? 0 : 1, level)
    bus.publish(levels, level)
  }
  const feed = followState<Level, Level>(bus, {
    source: 'levels',
    scope: '',
    topics: [levels],
    load: async () => stored.map((value) => ({ key: value.key, value })),
    take: (value) => [{ key: value.key, value }],
    isNewer: (level, than) => level.version > than.version,
    ...own,
  })
  return { bus, set, feed }
}

const level = (key: string, version: number): Level => ({ key, value: version, version })

describe('a state', () => {
  test('brings the present values at once, then each change', async () => {
    const { set, feed } = await openLevels([level('a', 1), level('b', 1)])
    const reader = read(feed)
    expect(await reader.take(2)).toEqual([level('a', 1), level('b', 1)])
    const next = reader.next()
    set(level('a', 2))
    expect(await next).toEqual(level('a', 2))
  })

  test('brings a slow reader the newest value of each key, in the order of their latest change', async () => {
    const { set, feed } = await openLevels([level('a', 1)])
    const reader = read(feed)
    await reader.next()
    for (let version = 2; version <= 500; version++) {
      set(level('a', version))
      set(level('b', version))
    }
    set(level('a', 501))
    expect(await reader.take(2)).toEqual([level('b', 500), level('a', 501)])
  })

  test('never goes back to an older value', async () => {
    const { bus, set, feed } = await openLevels([level('a', 5)])
    const reader = read(feed)
    await reader.next()
    bus.publish(levels, level('a', 4))
    bus.publish(levels, level('a', 5))
    set(level('b', 1))
    expect(await reader.next()).toEqual(level('b', 1))
  })

  test('does not lose a value that comes while the present ones are loaded', async () => {
    const begun = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const load = async () => {
      begun.resolve()
      await released.promise
      return [{ key: 'a', value: level('a', 1) }]
    }
    const { set, feed } = await openLevels([], { load })
    const reader = read(feed)
    const next = reader.next()
    await begun.promise
    set(level('a', 2))
    released.resolve()
    expect(await next).toEqual(level('a', 2))
    const barrier = reader.next()
    set(level('b', 1))
    expect(await barrier).toEqual(level('b', 1))
  })

  test('asks for a value only when the reader wants it, and passes over what has nothing to say', async () => {
    let asked = 0
    const ask = async (value: Level) => {
      asked++
      return value.value < 0 ? undefined : value
    }
    const take = (value: Level) => [{ key: value.key, value: () => ask(value) }]
    const { set, feed } = await openLevels([], { take, load: async () => [] })
    const reader = read(feed)
    const first = reader.next()
    set(level('a', 1))
    await first
    for (let version = 2; version <= 9; version++) set(level('a', version))
    expect(asked).toBe(1)
    set({ key: 'b', value: -1, version: 1 })
    set(level('c', 1))
    expect(await reader.take(2)).toEqual([level('a', 9), level('c', 1)])
    expect(asked).toBe(4)
  })

  test('ends at once when it is cancelled, even while it waits', async () => {
    const { feed } = await openLevels([])
    const iterator = feed[Symbol.asyncIterator]()
    const pending = iterator.next()
    await iterator.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
  })

  test('ends with the failure when the values cannot be loaded', async () => {
    const { feed } = await openLevels([], { load: () => Promise.reject(new Error('away')) })
    await expect(read(feed).next()).rejects.toThrow('away')
  })
})

describe('a signal', () => {
  const openSignal = (bus: Bus) =>
    followSignal<Level, Level>(bus, {
      source: 'levels',
      scope: '',
      topics: [levels],
      take: (value) => (value.value < 0 ? undefined : value),
    })

  test('brings what happens, but not what is not meant for the viewer', async () => {
    const { bus } = await openEmbedded()
    const reader = read(openSignal(bus))
    const both = reader.take(2)
    await bus.ping()
    for (const value of [1, -1, 2]) bus.publish(levels, level('a', value))
    expect(await both).toEqual([level('a', 1), level('a', 2)])
  })

  test('drops what a slow reader leaves waiting', async () => {
    const { bus } = await openEmbedded()
    const reader = read(openSignal(bus))
    const first = reader.next()
    await bus.ping()
    for (let version = 1; version <= 1_000; version++) bus.publish(levels, level('a', version))
    await first
    let kept = 1
    for (let item = await reader.next(); item.version < 1_000 && item.key === 'a'; item = await reader.next()) {
      kept++
      if (kept === 50) bus.publish(levels, level('end', 1))
    }
    expect(kept).toBeLessThan(100)
  })
})
