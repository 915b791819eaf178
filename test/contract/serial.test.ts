import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createPool } from '../../src/lib/pool.ts'
import { createSerial } from '../../src/lib/serial.ts'

test('tasks with a key in common run in the order of coming, others side by side', async () => {
  const serially = createSerial()
  const begun: string[] = []
  const first = Promise.withResolvers<void>()
  const done = [
    serially(['a', 'b'], async () => {
      begun.push('ab')
      await first.promise
      throw new Error('it failed')
    }),
    serially(['b', 'c'], async () => begun.push('bc')),
    serially(['c'], async () => begun.push('c')),
    serially(['d'], async () => begun.push('d')),
  ]
  await setImmediate()
  expect(begun).toEqual(['ab', 'd'])
  first.resolve()
  const outcomes = await Promise.allSettled(done)
  expect(begun).toEqual(['ab', 'd', 'bc', 'c'])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
})

test('a pool hands out what it has in the order of asking, also after work that failed', async () => {
  const pool = createPool(['a', 'b'])
  const begun: string[] = []
  const ends: (() => void)[] = []
  const work = (name: string) =>
    pool.use(async (item) => {
      begun.push(`${name} ${item}`)
      const { promise, reject } = Promise.withResolvers<void>()
      ends.push(() => reject(new Error('it failed')))
      await promise
    })
  const all = ['first', 'second', 'third', 'fourth'].map((name) => work(name).catch(() => {}))
  await setImmediate()
  expect(begun).toEqual(['first b', 'second a'])
  ends[1]?.()
  await setImmediate()
  ends[0]?.()
  await setImmediate()
  expect(begun).toEqual(['first b', 'second a', 'third a', 'fourth b'])
  for (const end of ends) end()
  await Promise.all(all)
})
