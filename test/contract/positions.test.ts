import { describe, expect, test } from 'vitest'
import { SILENT_MS } from '../../src/delivery/position-places.ts'
import { lane, newKey, POSITION_HOMES, startOf, TTL_MS } from '../support/positions.ts'

describe.each(POSITION_HOMES)('positions %s', (_, open) => {
  test('begin a new subscription where the lane stands', async () => {
    const { positions } = await open().start()
    expect(await startOf(positions, newKey(), lane(7))).toEqual({ revision: 7, isExpired: false })
  })

  test('that begin again right after they were forgotten are kept', async () => {
    const { positions } = await open().start()
    const key = newKey()
    const first = await positions.begin(key, lane(1))
    await positions.store()
    positions.forget(first)
    const [held] = await Promise.all([positions.begin(key, lane(5)), positions.store()])
    expect(held.start).toEqual({ revision: 5, isExpired: false })
    positions.acknowledge(held, 7)
    await positions.store()
    positions.release(held)
    await positions.store()
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 7, isExpired: false })
  })

  test('go on after what was acknowledged, and never back', async () => {
    const { positions } = await open().start()
    const key = newKey()
    const held = await positions.begin(key, lane(1))
    positions.acknowledge(held, 5)
    positions.acknowledge(held, 4)
    positions.release(held)
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 5, isExpired: false })
  })

  test('expire some time after they were released, and say so until something is acknowledged', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const key = newKey()
    const held = await positions.begin(key, lane(3))
    positions.release(held)
    await nodes.pass(TTL_MS + 1_000)
    const late = await positions.begin(key, lane(9))
    expect(late.start).toEqual({ revision: 9, isExpired: true, overdueAt: 3 })
    positions.release(late)
    const again = await positions.begin(key, lane(12))
    expect(again.start).toEqual({ revision: 12, isExpired: true })
    positions.acknowledge(again, 13)
    positions.release(again)
    expect(await startOf(positions, key, lane(15))).toEqual({ revision: 13, isExpired: false })
  })

  test('cannot be continued in another epoch, beyond the end of the lane, or when they were given up', async () => {
    const { positions } = await open().start()
    const [other, beyond, silent] = [newKey(), newKey(), newKey()]
    for (const key of [other, beyond]) positions.release(await positions.begin(key, lane(3)))
    expect(await startOf(positions, other, lane(9, 'second'))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(positions, beyond, lane(2))).toEqual({ revision: 2, isExpired: true })
    const held = await positions.begin(silent, lane(3))
    positions.acknowledge(held, null)
    positions.release(held)
    expect(await startOf(positions, silent, lane(9))).toEqual({ revision: 9, isExpired: true })
  })

  test('of a new socket outlast the old one', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const key = newKey()
    const old = await positions.begin(key, lane(3))
    const held = await positions.begin(key, lane(9))
    positions.acknowledge(held, 9)
    positions.release(old)
    await nodes.pass(3 * TTL_MS)
    positions.release(held)
    expect(await startOf(positions, key, lane(12))).toEqual({ revision: 9, isExpired: false })
  })

  test('begin where their client says only when they are not known, or cannot be continued', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const key = newKey()
    const from = (revision: number, after: number | null, epoch?: string) => ({ ...lane(revision, epoch), after })
    const held = await positions.begin(key, from(9, 3))
    expect(held.start).toEqual({ revision: 3, isExpired: false })
    positions.acknowledge(held, 7)
    positions.release(held)
    await positions.store()
    const again = await positions.begin(key, from(9, 3))
    expect(again.start).toEqual({ revision: 7, isExpired: false })
    positions.release(again)
    await positions.store()
    expect(await startOf(positions, key, from(9, null))).toEqual({ revision: 7, isExpired: false })
    const other = newKey()
    expect((await startOf(positions, other, from(9, null))).isExpired).toBe(true)
    positions.release(await positions.begin(other, from(9, 2)))
    await nodes.pass(TTL_MS + 1_000)
    expect(await startOf(positions, other, from(9, 2))).toEqual({ revision: 2, isExpired: false })
    expect(await startOf(positions, other, from(9, 4, 'second'))).toEqual({ revision: 4, isExpired: false })
  })

  test('of two clients under one key are where the slower one is, until it would be given up', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const key = newKey()
    const first = await positions.begin(key, lane(3))
    const second = await positions.begin(key, lane(3))
    for (const held of [first, second]) positions.acknowledge(held, 5)
    positions.release(first)
    positions.acknowledge(second, 9)
    await nodes.pass(2_000)
    const back = await positions.begin(key, lane(9))
    expect(back.start).toEqual({ revision: 5, isExpired: false })
    positions.acknowledge(back, 9)
    for (const held of [second, back]) positions.release(held)
    await nodes.pass(2_000)
    const one = await positions.begin(key, lane(9))
    // It may be the other one who is back.
    expect(one.start).toEqual({ revision: 5, isExpired: false })
    positions.acknowledge(one, 12)
    await nodes.pass(TTL_MS)
    positions.release(one)
    expect(await startOf(positions, key, lane(12))).toEqual({ revision: 12, isExpired: false })
  })

  test('of a client that was away while another one, whose older socket is half open, came back are kept', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const key = newKey()
    const away = await positions.begin(key, lane(3))
    const old = await positions.begin(key, lane(3))
    await nodes.pass(1_000)
    positions.hear(away)
    positions.release(away)
    positions.acknowledge(old, 9)
    const back = await positions.begin(key, lane(9))
    positions.acknowledge(back, 9)
    await nodes.pass(SILENT_MS + 1_000)
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 3, isExpired: false })
  })

  test('of one client are not held back by its older sockets, in whichever order they are found dead or closed', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const key = newKey()
    const first = await positions.begin(key, lane(3))
    const second = await positions.begin(key, lane(5))
    positions.acknowledge(second, 5)
    positions.release(second)
    const third = await positions.begin(key, lane(7))
    expect(third.start).toEqual({ revision: 3, isExpired: false })
    positions.acknowledge(third, 7)
    await nodes.pass(SILENT_MS + 1_000)
    positions.release(first)
    expect(await startOf(positions, key, lane(7))).toEqual({ revision: 7, isExpired: false })
  })

  test('of two clients under one key stay when one of them is over', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const [live, away] = [newKey(), newKey()]
    for (const key of [live, away]) {
      const first = await positions.begin(key, lane(3))
      const second = await positions.begin(key, lane(3))
      if (key === away) positions.release(first)
      positions.acknowledge(second, 9)
      positions.forget(second)
      await nodes.pass(2_000)
      if (key === live) positions.release(first)
    }
    await nodes.pass(2_000)
    for (const key of [live, away]) {
      expect(await startOf(positions, key, lane(12))).toEqual({ revision: 3, isExpired: false })
    }
  })

  test('of a socket that was found dead do not hold back the one that came in its place', async () => {
    const { positions } = await open().start()
    const key = newKey()
    const old = await positions.begin(key, lane(3))
    const held = await positions.begin(key, lane(9))
    positions.acknowledge(held, 9)
    positions.release(old, true)
    positions.release(held)
    expect(await startOf(positions, key, lane(12))).toEqual({ revision: 9, isExpired: false })
  })

  test('are forgotten when the subscription is over', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const [soon, later] = [newKey(), newKey()]
    for (const key of [soon, later]) positions.forget(await positions.begin(key, lane(3)))
    expect(await startOf(positions, soon, lane(9))).toEqual({ revision: 9, isExpired: false })
    await nodes.pass(2_000)
    expect(await startOf(positions, later, lane(9))).toEqual({ revision: 9, isExpired: false })
  })

  test('say whether their client has ever answered, on whichever node', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const [silent, known] = [newKey(), newKey()]
    for (const key of [silent, known]) {
      const held = await positions.begin(key, lane(3))
      expect(held.entry.hasEchoed).toBe(false)
      held.entry.hasEchoed = key === known
      positions.acknowledge(held, 4)
      await positions.store()
      positions.acknowledge(held, 5)
      positions.release(held)
      await positions.store()
    }
    const other = await nodes.start()
    for (const key of [silent, known]) {
      const held = await other.positions.begin(key, lane(9))
      expect(held.start).toEqual({ revision: 5, isExpired: false })
      expect(held.entry.hasEchoed).toBe(key === known)
    }
  })

  test('of an erased user are gone, and stay gone', async () => {
    const nodes = open()
    const { positions, storage } = await nodes.start()
    const [ada, bob] = [newKey('ada'), newKey('bob')]
    const held = await positions.begin(ada, lane(3))
    positions.acknowledge(held, 5)
    await positions.begin(bob, lane(3))
    await storage.write((tx) => positions.erase(tx, 'ada'))
    positions.acknowledge(held, 6)
    await nodes.pass(2_000)
    expect(await startOf(positions, ada, lane(9))).toEqual({ revision: 9, isExpired: false })
    expect(await startOf(positions, bob, lane(9))).toEqual({ revision: 3, isExpired: false })
  })
})
