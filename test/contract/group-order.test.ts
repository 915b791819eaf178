import { expect, test } from 'vitest'
import { followTogether, until } from '../support/follow-together.ts'
import { appendInOrder, openJournal, TELLING_ORDERS, texts } from '../support/journal.ts'

const resultsOf = (count: number) => texts(1, count).map((text) => ({ data: { text } }))

/** Somebody in a group who is live, and has the line 0001. */
const openLive = async () => {
  const journal = await openJournal()
  const { results, leave } = await followTogether(journal, journal.bus)
  const know = (count: number): Promise<void> => until(() => results.length >= count)
  await journal.append('0001')
  await know(1)
  return { journal, results, leave, know }
}

test.each(TELLING_ORDERS)('a group brings once and in order what is told in the order %i, %i, %i', async (...order) => {
  const { journal, results, leave, know } = await openLive()
  await appendInOrder(journal, texts(2, 4), order)
  await know(4)
  await appendInOrder(journal, texts(5, 7), order, (known) => know(4 + known))
  await journal.append('0008')
  await know(8)
  expect(results).toMatchObject(resultsOf(8))
  leave()
})

test('a group brings what is told in another order while one of it reads the store', async () => {
  const { journal, results, leave, know } = await openLive()
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
  leave()
})
