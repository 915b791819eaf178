import { expect, test } from 'vitest'
import { createNoted } from '../../src/lib/noted.ts'
import { createManualClock } from '../support/clock.ts'

function openNoted() {
  const clock = createManualClock()
  const written: (readonly number[])[] = []
  const failures: unknown[] = []
  let error: Error | undefined
  const noted = createNoted<number>({
    clock,
    merge: (first, last) => first + last,
    write: async (values) => {
      if (error) throw error
      written.push(values)
    },
    onFailure: (failure) => failures.push(failure),
  })
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms)
    // What the timer began has ended, and what follows is timed.
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
  }
  const fail = (with_: Error | undefined): void => {
    error = with_
  }
  return { ...noted, advance, fail, written, failures }
}

test('what is noted is written a second later, together, and what has one key as one', async () => {
  const { note, advance, written } = openNoted()
  note('a', 1)
  note('b', 10)
  note('a', 2)
  await advance(999)
  expect(written).toEqual([])
  await advance(1)
  expect(written).toEqual([[3, 10]])
  await advance(10_000)
  expect(written).toHaveLength(1)
})

test('many are written in steps, at most four of 250 a second', async () => {
  const { note, advance, written } = openNoted()
  for (let key = 0; key < 1_250; key += 1) note(`${key}`, 1)
  await advance(1_000)
  for (let step = 2; step <= 5; step += 1) {
    expect(written).toHaveLength(step - 1)
    await advance(250)
  }
  expect(written.map(({ length }) => length)).toEqual([250, 250, 250, 250, 250])
})

test('what could not be written is written later, with what came meanwhile', async () => {
  const { note, advance, fail, written, failures } = openNoted()
  note('a', 1)
  fail(new Error('away'))
  await advance(1_000)
  expect(failures).toEqual([new Error('away')])
  note('a', 2)
  note('b', 5)
  fail(undefined)
  await advance(1_000)
  expect(written).toEqual([[3, 5]])
})

test('what is forgotten is not written, and closing writes the rest', async () => {
  const { note, forget, close, advance, written } = openNoted()
  note('a', 1)
  note('b', 2)
  forget((value) => value === 1)
  await close()
  expect(written).toEqual([[2]])
  await advance(5_000)
  expect(written).toHaveLength(1)
})

test('closing gives up what cannot be written', async () => {
  const { note, close, fail, failures } = openNoted()
  note('a', 1)
  fail(new Error('gone'))
  await close()
  expect(failures).toHaveLength(1)
})
