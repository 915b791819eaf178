import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createTurns } from '../../src/lib/turns.ts'

test('turns are given in the order of asking, so many in each turn of the event loop', async () => {
  const takeTurn = createTurns(2)
  const begun: number[] = []
  for (const number of [1, 2, 3, 4, 5]) void takeTurn().then(() => begun.push(number))
  expect(begun).toEqual([])
  const seen: number[][] = []
  while (begun.length < 5) {
    await setImmediate()
    seen.push([...begun])
  }
  expect(seen).toEqual([
    [1, 2],
    [1, 2, 3, 4],
    [1, 2, 3, 4, 5],
  ])
})

test('who asks after all had their turn gets one, too', async () => {
  const takeTurn = createTurns(2)
  await takeTurn()
  await takeTurn()
})
