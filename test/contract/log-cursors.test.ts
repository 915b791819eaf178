import { describe, expect, test } from 'vitest'
import { openJournal, takeTexts, texts } from '../support/journal.ts'
import { read } from '../support/reader.ts'

describe('a log', () => {
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
    expect(await takeTexts(again, 4)).toEqual(texts(2, 5))
  })

  test('brings a revision whole, whatever gap there is in the middle of it', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const first = takeTexts(reader, 2)
    await journal.append('0001')
    await journal.appendTogether('0002', '0003')
    await first
    journal.gap()
    await journal.append('0004')
    expect(await takeTexts(reader, 2)).toEqual(['0003', '0004'])
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
    const log = await journal.follow(await journal.cursorAt(1))
    await journal.prune(2)
    const reader = read(log)
    await expect(reader.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    expect(await reader.read()).toBe(undefined)
    expect(journal.isListening()).toBe(false)
  })
})
