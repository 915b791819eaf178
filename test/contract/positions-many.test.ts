import { describe, expect, test } from 'vitest'
import { lane, newKey, PER_USER, POSITION_HOMES, startOf } from '../support/positions.ts'

describe.each(POSITION_HOMES)('positions %s', (_, open) => {
  test('begin and move in thousands', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const keys = Array.from({ length: 5_000 }, (_, index) => newKey(`user-${index % 500}`))
    const held = await Promise.all(keys.map((key) => positions.begin(key, lane(3))))
    for (const each of held) positions.acknowledge(each, 4)
    await positions.store()
    const other = await nodes.start()
    const starts = await Promise.all(keys.map((key) => startOf(other.positions, key, lane(9))))
    expect(starts.every(({ revision, isExpired }) => revision === 4 && !isExpired)).toBe(true)
  })

  test('of a user are bounded: the oldest are given up, and whoever comes back to one is told', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const keys = Array.from({ length: PER_USER + 1 }, () => newKey('mallory'))
    const bob = newKey('bob')
    positions.release(await positions.begin(bob, lane(3)))
    for (const key of keys) {
      positions.release(await positions.begin(key, lane(3)))
      await nodes.pass(1_000)
    }
    const other = (await nodes.start()).positions
    expect(await startOf(other, keys[0]!, lane(9))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(other, keys.at(-1)!, lane(9))).toEqual({ revision: 3, isExpired: false })
    // Nobody knows which subscriptions of this user are new.
    expect(await startOf(other, newKey('mallory'), lane(9))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(other, bob, lane(9))).toEqual({ revision: 3, isExpired: false })
    expect(await startOf(other, newKey('bob'), lane(9))).toEqual({ revision: 9, isExpired: false })
  })

  test('of a user are bounded while they are held, too', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const keys = Array.from({ length: 3 * PER_USER }, () => newKey('mallory'))
    const held = await Promise.all(keys.map((key) => positions.begin(key, lane(3))))
    for (const each of held) positions.acknowledge(each, 4)
    await nodes.pass(2_000)
    const other = (await nodes.start()).positions
    const starts = await Promise.all(keys.map((key) => startOf(other, key, lane(9))))
    const continued = starts.filter(({ isExpired }) => !isExpired)
    expect(continued.length).toBeGreaterThan(0)
    expect(continued.length).toBeLessThanOrEqual(PER_USER)
    for (const { revision } of continued) expect(revision).toBeLessThanOrEqual(4)
  })
})
