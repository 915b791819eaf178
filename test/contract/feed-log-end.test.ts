import { describe, expect, test } from 'vitest'
import type { Fail } from '../../src/feed/feed.ts'
import { openJournal } from '../support/journal.ts'
import { read } from '../support/reader.ts'

describe('a log', () => {
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
