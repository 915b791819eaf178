import { describe, expect, test } from 'vitest'
import type { Fail } from '../../src/delivery/description.ts'
import { openJournal } from '../support/journal.ts'
import { read } from '../support/reader.ts'

describe('a log', () => {
  test('ends at once when it is cancelled, even while it waits', async () => {
    const journal = await openJournal()
    const reader = read(await journal.follow())
    const pending = [reader.read(), reader.read()]
    await journal.cursorAt(0)
    await reader.stop()
    expect(await Promise.all(pending)).toEqual([undefined, undefined])
    expect(await reader.read()).toBe(undefined)
    expect(journal.isListening()).toBe(false)
  })

  test('ends at once when it is cancelled while the store is read', async () => {
    const journal = await openJournal()
    await journal.append('0001')
    const log = await journal.follow(await journal.cursorAt(0))
    const held = journal.holdNextRead()
    const reader = read(log)
    const pending = reader.read()
    await held.begun
    await reader.stop()
    expect(await pending).toBe(undefined)
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
