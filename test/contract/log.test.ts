import { describe, expect, test } from 'vitest'
import { until } from '../support/follow-together.ts'
import { appendInOrder, openJournal, TELLING_ORDERS, takeTexts, texts } from '../support/journal.ts'
import { read } from '../support/reader.ts'

describe('a log', () => {
  test('brings what is stored after the cursor, then what happens, once and in order', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 35))
    const reader = read(await journal.follow(await journal.cursorAt(3)))
    expect(await takeTexts(reader, 32)).toEqual(texts(4, 35))
    const next = takeTexts(reader, 2)
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
    const lines = takeTexts(reader, 50)
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
    expect(await takeTexts(reader, 5)).toEqual(texts(2, 6))
  })

  test.each(TELLING_ORDERS)('brings once and in order what is told in the order %i, %i, %i', async (...order) => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const lines: string[] = []
    const collect = async (): Promise<void> => {
      while (lines.length < 8) lines.push((await reader.next()).text)
    }
    const collected = collect()
    const know = (count: number): Promise<void> => until(() => lines.length >= count)
    await journal.append('0001')
    await know(1)
    await appendInOrder(journal, texts(2, 4), order)
    await know(4)
    await appendInOrder(journal, texts(5, 7), order, (known) => know(4 + known))
    await journal.append('0008')
    await collected
    expect(lines).toEqual(texts(1, 8))
  })

  test('heals a gap of the bus from the store, even when nothing follows the lost event', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const lines = takeTexts(reader, 3)
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
    const lines = takeTexts(reader, 6)
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
    const lines = takeTexts(reader, 2)
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
    const lines = takeTexts(reader, 300)
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
    expect(await takeTexts(reader, 999)).toEqual(texts(2, 1_000))
    expect(journal.reads()).toBeGreaterThan(1)
    const live = takeTexts(reader, 1)
    await journal.append('1001')
    expect(await live).toEqual(['1001'])
  })

  test('keeps for a slow reader what one event says, and nothing behind it', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const first = reader.next()
    await journal.append('0001')
    await first
    await journal.append(...texts(2, 500))
    await journal.append('0501')
    expect(journal.reads()).toBe(1)
    expect(await takeTexts(reader, 500)).toEqual(texts(2, 501))
    expect(journal.reads()).toBeGreaterThan(1)
  })

  test('brings the order of commits under concurrent writers, to every reader', async () => {
    const journal = await openJournal()
    const readers = [read(await journal.follow()), read(await journal.follow())]
    const lines = readers.map((reader) => takeTexts(reader, 100))
    await Promise.all(texts(1, 100).map((text) => journal.append(text)))
    const [one, other] = await Promise.all(lines)
    expect(one).toEqual(other)
    const stored = await takeTexts(read(await journal.follow(await journal.cursorAt(0))), 100)
    expect(one).toEqual(stored)
  })

  test('outlasts a store that is away for a while', async () => {
    const journal = await openJournal()
    const feed = await journal.follow()
    await journal.append('0001')
    journal.goAway(2)
    expect(await read(feed).next()).toEqual({ text: '0001' })
    expect(journal.reads()).toBe(3)
  })

  test('can be iterated by several, each on its own', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 3))
    const feed = await journal.follow(await journal.cursorAt(0))
    const [one, other] = [read(feed), read(feed)]
    expect(await takeTexts(one, 3)).toEqual(texts(1, 3))
    await one.stop()
    expect(await takeTexts(other, 3)).toEqual(texts(1, 3))
  })
})
