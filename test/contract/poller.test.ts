import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openPoller, pollEvery } from '../../src/lib/poller.ts'
import { createManualClock } from '../support/clock.ts'

test('runs at once, and then when the last run said', async () => {
  const clock = createManualClock()
  const runs: number[] = []
  const began = clock.now()
  const poller = openPoller({
    clock,
    poll: async () => {
      runs.push(clock.now() - began)
      return runs.length * 100
    },
    onFailure: () => {},
  })
  for (let step = 0; step < 6; step += 1) {
    await setImmediate()
    clock.advance(50)
  }
  await poller.close()
  expect(runs).toEqual([0, 100, 300])
})

test('tells the first of several failures in a row, and goes on within a second', async () => {
  const clock = createManualClock()
  const failures: unknown[] = []
  const outcomes = ['well', 'first', 'second', 'well', 'third']
  const poller = openPoller({
    clock,
    poll: async () => {
      const outcome = outcomes.shift()
      if (outcome !== 'well') throw outcome
      return 1_000
    },
    onFailure: (error) => failures.push(error),
  })
  while (outcomes.length > 0) {
    await setImmediate()
    clock.advance(1_000)
  }
  await poller.close()
  expect(failures).toEqual(['first', 'third'])
})

test('runs never overlap, and closing waits for the one that is under way', async () => {
  const clock = createManualClock()
  const { promise: work, resolve: finish } = Promise.withResolvers<number>()
  let runs = 0
  const poller = openPoller({
    clock,
    poll: () => {
      runs += 1
      return work
    },
    onFailure: () => {},
  })
  clock.advance(10_000)
  await setImmediate()
  expect(runs).toBe(1)
  let isClosed = false
  const closing = poller.close().then(() => {
    isClosed = true
  })
  await setImmediate()
  expect(isClosed).toBe(false)
  finish(0)
  await closing
  clock.advance(10_000)
  expect(runs).toBe(1)
})

test('what is done at intervals is done after the first one, and not once that has ended', async () => {
  const clock = createManualClock()
  let runs = 0
  const end = pollEvery(
    clock,
    100,
    async () => {
      runs += 1
    },
    () => {},
  )
  await setImmediate()
  expect(runs).toBe(0)
  clock.advance(100)
  await setImmediate()
  expect(runs).toBe(1)
  end()
  clock.advance(1_000)
  await setImmediate()
  expect(runs).toBe(1)
})
