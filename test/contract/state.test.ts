import { describe, expect, test } from 'vitest'
import type { StateDescription } from '../../src/delivery/description.ts'
import { openEmbedded } from '../support/embedded.ts'
import { type Level, level, levels } from '../support/levels.ts'
import { read } from '../support/reader.ts'
import { withBus } from '../support/with-bus.ts'

/** A state over stored levels; `set` stores one and tells of it. */
async function openLevels(stored: Level[], own: Partial<StateDescription<Level, Level>> = {}) {
  const { bus } = await openEmbedded()
  const set = (level: Level): void => {
    const index = stored.findIndex(({ key }) => key === level.key)
    stored.splice(index < 0 ? stored.length : index, index < 0 ? 0 : 1, level)
    bus.publish(levels, level)
  }
  const levelsNow = withBus<StateDescription<Level, Level>>(bus, {
    kind: 'state',
    source: 'levels',
    scope: 'everyone',
    topics: [levels],
    load: async () => stored.map((value) => ({ key: value.key, value })),
    take: (value) => [{ key: value.key, value }],
    isNewer: (level, than) => level.version > than.version,
    ...own,
  })
  return { bus, set, state: levelsNow }
}

describe('a state', () => {
  test('brings the present values at once, then each change', async () => {
    const { set, state } = await openLevels([level('a', 1), level('b', 1)])
    const reader = read(state)
    expect(await reader.take(2)).toEqual([level('a', 1), level('b', 1)])
    const next = reader.next()
    set(level('a', 2))
    expect(await next).toEqual(level('a', 2))
  })

  test('brings a slow reader the newest value of each key, in the order of their latest change', async () => {
    const { set, state } = await openLevels([level('a', 1)])
    const reader = read(state)
    await reader.next()
    for (let version = 2; version <= 500; version++) {
      set(level('a', version))
      set(level('b', version))
    }
    set(level('a', 501))
    expect(await reader.take(2)).toEqual([level('b', 500), level('a', 501)])
  })

  test('never goes back to an older value', async () => {
    const { bus, set, state } = await openLevels([level('a', 5)])
    const reader = read(state)
    await reader.next()
    bus.publish(levels, level('a', 4))
    bus.publish(levels, level('a', 5))
    set(level('b', 1))
    expect(await reader.next()).toEqual(level('b', 1))
  })

  test('does not lose a value that comes while the present ones are loaded', async () => {
    const begun = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const load = async () => {
      begun.resolve()
      await released.promise
      return [{ key: 'a', value: level('a', 1) }]
    }
    const { set, state } = await openLevels([], { load })
    const reader = read(state)
    const next = reader.next()
    await begun.promise
    set(level('a', 2))
    released.resolve()
    expect(await next).toEqual(level('a', 2))
    const barrier = reader.next()
    set(level('b', 1))
    expect(await barrier).toEqual(level('b', 1))
  })

  test('asks for a value only when the reader wants it, and passes over what has nothing to say', async () => {
    let asked = 0
    const ask = async (value: Level) => {
      asked++
      return value.value < 0 ? undefined : value
    }
    const take = (value: Level) => [{ key: value.key, value: () => ask(value) }]
    const { set, state } = await openLevels([], { take, load: async () => [] })
    const reader = read(state)
    const first = reader.next()
    set(level('a', 1))
    await first
    for (let version = 2; version <= 9; version++) set(level('a', version))
    expect(asked).toBe(1)
    set({ key: 'b', value: -1, version: 1 })
    set(level('c', 1))
    expect(await reader.take(2)).toEqual([level('a', 9), level('c', 1)])
    expect(asked).toBe(4)
  })

  test.each([
    ['ended', 1, 9, 2, 1],
    ['began', 2, 1, 1, 9],
  ])('goes on in the history that is stored, also when another one %s while it was loaded', async (_, ...drawn) => {
    const [toldEpoch, toldVersion, readEpoch, readVersion] = drawn
    const begun = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    // The value says in which history it is.
    const of = (value: Level) => ({ key: value.key, value, epoch: `${value.value}` })
    const told = { key: 'a', value: toldEpoch, version: toldVersion }
    let stored = { key: 'a', value: readEpoch, version: readVersion }
    const load = async () => {
      const values = [of(stored)]
      begun.resolve()
      await released.promise
      return values
    }
    const { bus, state } = await openLevels([], { load, take: (value) => [of(value)] })
    const reader = read(state)
    const next = reader.next()
    await begun.promise
    bus.publish(levels, told)
    stored = { key: 'a', value: 2, version: 1 }
    released.resolve()
    // What was read before the other one began may come first.
    if ((await next).value !== 2) expect(await reader.next()).toEqual(stored)
    else expect(await next).toEqual(stored)
    const after = reader.next()
    stored = { key: 'a', value: 2, version: 2 }
    bus.publish(levels, stored)
    expect(await after).toEqual(stored)
  })

  test('ends at once when it is cancelled, even while it waits', async () => {
    const { state } = await openLevels([])
    const reader = read(state)
    const pending = reader.read()
    await reader.stop()
    expect(await pending).toBe(undefined)
  })

  test('ends with the failure when the values cannot be loaded', async () => {
    const { state } = await openLevels([], { load: () => Promise.reject(new Error('away')) })
    await expect(read(state).next()).rejects.toThrow('away')
  })
})
