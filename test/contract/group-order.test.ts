import { expect, test } from 'vitest'
import type { TakeTimedTurn } from '../../src/lib/limiter.ts'
import { followTogether, until } from '../support/follow-together.ts'
import { appendInOrder, openJournal, TELLING_ORDERS, texts } from '../support/journal.ts'

function resultsOf(count: number) {
  return texts(1, count).map((text) => ({ data: { text } }))
}

/** Somebody in a group who is live, and has the line 0001. */
async function openLive(takeTurn?: TakeTimedTurn) {
  const journal = await openJournal()
  const { results, stop } = await followTogether(journal, journal.bus, takeTurn)
  const know = (count: number): Promise<void> => until(() => results.length >= count)
  await journal.append('0001')
  await know(1)
  return { journal, results, stop, know }
}

test.each(TELLING_ORDERS)('a group brings once and in order what is told in the order %i, %i, %i', async (...order) => {
  const { journal, results, stop, know } = await openLive()
  await appendInOrder(journal, texts(2, 4), order)
  await know(4)
  await appendInOrder(journal, texts(5, 7), order, (known) => know(4 + known))
  await journal.append('0008')
  await know(8)
  expect(results).toMatchObject(resultsOf(8))
  stop()
})

test('a group brings what is told in another order while one of it reads the store', async () => {
  const { journal, results, stop, know } = await openLive()
  const held = journal.holdNextRead()
  const [tellLate, tell] = [await journal.appendSilently('0002'), await journal.appendSilently('0003')]
  tell()
  await held.begun
  await journal.append('0004')
  tellLate()
  held.release()
  await know(4)
  await journal.append('0005')
  await know(5)
  expect(results).toMatchObject(resultsOf(5))
  stop()
})

test('a group whose turn does not come brings what waits for it without a look at the store, and what it has no room for from there', async () => {
  let turn: PromiseWithResolvers<void> | undefined
  const { journal, results, stop, know } = await openLive(() => turn?.promise)
  const tell = async (from: number, to: number): Promise<void> => {
    for (const text of texts(from, to)) await journal.append(text)
  }
  const before = journal.reads()
  const first = Promise.withResolvers<void>()
  turn = first
  await tell(2, 17)
  expect(results.length).toBe(1)
  turn = undefined
  first.resolve()
  await know(17)
  expect(journal.reads()).toBe(before)

  const second = Promise.withResolvers<void>()
  turn = second
  await tell(18, 100)
  expect(results.length).toBe(17)
  turn = undefined
  second.resolve()
  await know(100)
  expect(journal.reads()).toBeGreaterThan(before)
  await journal.append('0101')
  await know(101)
  expect(results).toMatchObject(resultsOf(101))
  stop()
})
