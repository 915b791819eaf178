import { setImmediate as schedule } from 'node:timers'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createTimeLimiter, createTurnLimiter } from '../../src/lib/limiter.ts'

test('turns are given in the order of asking, so many in each turn of the event loop', async () => {
  const takeTurn = createTurnLimiter(2)
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
  const takeTurn = createTurnLimiter(2)
  await takeTurn()
  await takeTurn()
})

/** Keeps the process busy. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('timed turns are given in the order of asking, and others attended to whenever what they did took too long', async () => {
  const takeTurn = createTimeLimiter(10).takeLong
  const begun: number[] = []
  const ask = async (number: number): Promise<void> => {
    await takeTurn('ann')
    // Goes on in the same turn of the event loop.
    await null
    begun.push(number)
    work(6)
  }
  // As they come in one moment, each received by itself.
  for (const number of [1, 2, 3, 4, 5, 6]) schedule(() => void ask(number))
  const perTurn: number[] = []
  for (let before = 0; begun.length < 6; before = begun.length) {
    await setImmediate()
    perTurn.push(begun.length - before)
  }
  expect(begun).toEqual([1, 2, 3, 4, 5, 6])
  // Two at most take more than the ten milliseconds.
  expect(perTurn.filter((count) => count > 0).length).toBeGreaterThanOrEqual(3)
})

test('who asks for a timed turn while there is time need not wait', async () => {
  const takeTurn = createTimeLimiter(5).takeLong
  expect(takeTurn('ann')).toBe(undefined)
  work(6)
  const waiting = takeTurn('ann')
  expect(waiting).toBeInstanceOf(Promise)
  await waiting
  for (let n = 0; n < 3; n += 1) await setImmediate()
  expect(takeTurn('ann')).toBe(undefined)
})

test('who asks for many timed turns does not make others wait for all of them', async () => {
  const takeTurn = createTimeLimiter(5).takeLong
  const begun: string[] = []
  expect(takeTurn('ann')).toBe(undefined)
  work(6)
  const ask = async (owner: string, number: number): Promise<void> => {
    await takeTurn(owner)
    begun.push(`${owner} ${number}`)
  }
  await Promise.all([
    ...[1, 2, 3, 4].map((number) => ask('ann', number)),
    ...[1, 2].map((number) => ask('bob', number)),
    ask('carol', 1),
  ])
  expect(begun).toEqual(['ann 1', 'bob 1', 'carol 1', 'ann 2', 'bob 2', 'ann 3', 'ann 4'])
})

test('nobody waits for a timed turn unless something long has begun in this turn of the event loop', async () => {
  const { take, began, isBusy } = createTimeLimiter(5)
  expect(take('ann')).toBe(undefined)
  work(6)
  expect(isBusy()).toBe(false)
  expect(take('ann')).toBe(undefined)
  began(performance.now() - 6)
  expect(isBusy()).toBe(true)
  const waiting = take('ann')
  expect(waiting).toBeInstanceOf(Promise)
  await waiting
  for (let n = 0; n < 3; n += 1) await setImmediate()
  expect(take('ann')).toBe(undefined)
})

test('whoever had a long turn lets others go before its next one, also those who come later', async () => {
  const { take, began, isBusy } = createTimeLimiter(5)
  began(performance.now() - 6)
  const begun: string[] = []
  const ask = async (owner: string, number: number, ms: number): Promise<void> => {
    await take(owner)
    begun.push(`${owner} ${number}`)
    work(ms)
  }
  const asked = [1, 2].map((number) => ask('ann', number, 20))
  while (begun.length === 0) await setImmediate()
  expect(isBusy()).toBe(true)
  await Promise.all([...asked, ask('bob', 1, 0), ask('ann', 3, 0)])
  expect(begun).toEqual(['ann 1', 'bob 1', 'ann 2', 'ann 3'])
})

test('what took long is followed by as long a rest for others, up to the longest one', async () => {
  const takeTurn = createTurnLimiter(1, 40)
  const ends: number[] = []
  const begins: number[] = []
  const ask = async (ms: number): Promise<void> => {
    await takeTurn()
    begins.push(performance.now())
    work(ms)
    ends.push(performance.now())
  }
  await Promise.all([ask(20), ask(80), ask(0)])
  const rests = [1, 2].map((index) => (begins[index] as number) - (ends[index - 1] as number))
  expect(rests[0]).toBeGreaterThanOrEqual(18)
  expect(rests[1]).toBeGreaterThanOrEqual(38)
})
