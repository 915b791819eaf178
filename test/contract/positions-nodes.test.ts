import { describe, expect, test } from 'vitest'
import { SILENT_MS } from '../../src/delivery/position-places.ts'
import { lane, newKey, POSITION_HOMES, startOf, TTL_MS } from '../support/positions.ts'

describe.each(POSITION_HOMES)('positions %s', (_, open) => {
  test('outlive the node, from the start on and after each second', async () => {
    const nodes = open()
    const first = await nodes.start()
    const [idle, busy] = [newKey(), newKey()]
    await first.positions.begin(idle, lane(3))
    const held = await first.positions.begin(busy, lane(3))
    first.positions.acknowledge(held, 8)
    await nodes.pass(1_000)
    const { positions } = await nodes.start()
    expect(await startOf(positions, idle, lane(9))).toEqual({ revision: 3, isExpired: false })
    expect(await startOf(positions, busy, lane(9))).toEqual({ revision: 8, isExpired: false })
  })

  test('are stored when the node closes', async () => {
    const nodes = open()
    const first = await nodes.start()
    const key = newKey()
    const held = await first.positions.begin(key, lane(3))
    first.positions.acknowledge(held, 8)
    first.positions.release(held)
    await first.positions.close()
    const { positions } = await nodes.start()
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 8, isExpired: false })
  })

  test('of two clients under one key are where the slower one is, also on other nodes after the end of theirs', async () => {
    const nodes = open()
    const first = await nodes.start()
    const key = newKey()
    const [ahead, behind] = [await first.positions.begin(key, lane(3)), await first.positions.begin(key, lane(3))]
    first.positions.acknowledge(behind, 5)
    first.positions.acknowledge(ahead, 9)
    for (const held of [ahead, behind]) first.positions.release(held)
    await first.positions.close()
    const { positions } = await nodes.start()
    const one = await positions.begin(key, lane(9))
    expect(one.start).toEqual({ revision: 5, isExpired: false })
    positions.acknowledge(one, 9)
    await positions.store()
    const third = await nodes.start()
    expect(await startOf(third.positions, key, lane(9))).toEqual({ revision: 5, isExpired: false })
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 5, isExpired: false })
  })

  test('of one client are not held back on another node by a socket that is not known to be dead yet', async () => {
    const nodes = open()
    const first = await nodes.start()
    const key = newKey()
    await first.positions.begin(key, lane(3))
    const held = await first.positions.begin(key, lane(3))
    first.positions.acknowledge(held, 5)
    await first.positions.store()
    const { positions } = await nodes.start()
    const again = await positions.begin(key, lane(9))
    positions.acknowledge(again, 9)
    // What gives no sign of life meanwhile counts no longer.
    await nodes.pass(SILENT_MS + 1_000)
    positions.release(again)
    await positions.store()
    expect(await startOf(positions, key, lane(12))).toEqual({ revision: 9, isExpired: false })
  })

  test('never expire while they are held, also when the node dies', async () => {
    const nodes = open()
    const first = await nodes.start()
    const key = newKey()
    await first.positions.begin(key, lane(3))
    await nodes.pass(5 * TTL_MS)
    const { positions } = await nodes.start()
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 3, isExpired: false })
  })

  test('that go from node to node go on where the client got to, whatever the old node still believes', async () => {
    const nodes = open()
    const [one, two] = [await nodes.start(), await nodes.start()]
    const key = newKey()
    const halfOpen = await one.positions.begin(key, lane(1))
    one.positions.acknowledge(halfOpen, 2)
    await one.positions.store()
    const held = await two.positions.begin(key, lane(5))
    expect(held.start.revision).toBe(2)
    two.positions.acknowledge(held, 5)
    await two.positions.store()
    one.positions.release(halfOpen)
    await one.positions.store()
    const third = await nodes.start()
    expect((await third.positions.begin(key, lane(7))).start.isExpired).toBe(false)
  })
})
