import { describe, expect, test } from 'vitest'
import { openTerm, renewHistory } from '../../src/storage/incarnation.ts'
import { openJournal, takeTexts, texts } from '../support/journal.ts'
import { read } from '../support/reader.ts'

describe('a log of a database that', () => {
  test('was opened again goes on from every cursor, and nobody who follows notices', async () => {
    const journal = await openJournal()
    const start = await journal.cursorAt(0)
    const reader = read(await journal.follow())
    const cursors: string[] = []
    for (const text of texts(1, 5)) {
      const next = reader.delivery()
      await journal.append(text)
      cursors.push((await next).cursor ?? '')
      await journal.storage.write((tx) => openTerm(tx))
    }
    expect(await takeTexts(read(await journal.follow(start)), 5)).toEqual(texts(1, 5))
    for (const [index, cursor] of cursors.entries()) {
      const again = read(await journal.follow(cursor))
      const next = again.next()
      if (index === 4) await journal.append('0006')
      expect(await next).toEqual({ text: texts(index + 2, index + 2)[0] })
    }
  })

  test('has gone back expires the cursors of what it lost, though their revisions were used again', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 10))
    const [kept, lost] = [await journal.cursorAt(10), await journal.cursorAt(12)]
    await expect(journal.follow(lost)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    await journal.storage.write((tx) => openTerm(tx))
    await journal.append(...texts(11, 15))
    await expect(journal.follow(lost)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    expect(await takeTexts(read(await journal.follow(kept)), 5)).toEqual(texts(11, 15))
  })

  test('has gone back ends those who follow it with what is written in the next term', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 10))
    const reader = read(await journal.follow())
    const ended = reader.ended()
    await journal.append('lost')
    await journal.lose('lost')
    await journal.append('0011', '0012')
    await expect(ended).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })

  test('began a new history expires every cursor', async () => {
    const journal = await openJournal()
    await journal.append(...texts(1, 10))
    const cursor = await journal.cursorAt(5)
    const reader = read(await journal.follow())
    await journal.storage.write((tx) => renewHistory(tx))
    await expect(journal.follow(cursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    const ended = reader.ended()
    journal.gap()
    await expect(ended).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    expect(await journal.follow(await journal.cursorAt(5))).toBeDefined()
  })
})
