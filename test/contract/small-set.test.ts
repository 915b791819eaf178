import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SmallSet } from '../../src/lib/small-set.ts'

const ITEMS = ['a', 'b', 'c', 'd'].map((name) => ({ name }))

test('says the same as a set, whatever is added and deleted', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('add', 'delete'), fc.constantFrom(...ITEMS)))
  fc.assert(
    fc.property(steps, (all) => {
      const few = new SmallSet<(typeof ITEMS)[number]>()
      const set = new Set<(typeof ITEMS)[number]>()
      for (const [how, item] of all) {
        if (how === 'delete') expect(few.delete(item)).toBe(set.delete(item))
        else {
          few.add(item)
          set.add(item)
        }
        expect([...few.values()]).toEqual([...set])
        expect(few.size).toBe(set.size)
        for (const one of ITEMS) expect(few.some((other) => other === one)).toBe(set.has(one))
      }
    }),
  )
})

test('passes over whoever is deleted meanwhile', () => {
  const few = new SmallSet<object>()
  for (const item of ITEMS) few.add(item)
  const [first, second, third, fourth] = ITEMS
  const met: object[] = []
  for (const item of few.values()) {
    met.push(item)
    if (item === first && second) few.delete(second)
  }
  expect(met).toEqual([first, third, fourth])
})
