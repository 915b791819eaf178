import { describe, expect, test } from 'vitest'
import { SILENT_MS } from '../../src/resume/checkpoint.ts'
import { head, newKey, openCheckpointNodes, startOf, TTL_MS } from '../support/checkpoints.ts'

describe('checkpoints', () => {
  test('begin a new subscription where the head stands', async () => {
    const { checkpoints } = await openCheckpointNodes().start()
    expect(await startOf(checkpoints, newKey(), head(7))).toEqual({ revision: 7, isExpired: false })
  })

  test('that begin again right after they were forgotten are kept', async () => {
    const { checkpoints } = await openCheckpointNodes().start()
    const key = newKey()
    const first = await checkpoints.begin(key, head(1))
    await checkpoints.store()
    checkpoints.forget(first)
    const [held] = await Promise.all([checkpoints.begin(key, head(5)), checkpoints.store()])
    expect(held.start).toEqual({ revision: 5, isExpired: false })
    checkpoints.acknowledge(held, 7)
    await checkpoints.store()
    checkpoints.release(held)
    await checkpoints.store()
    expect(await startOf(checkpoints, key, head(9))).toEqual({ revision: 7, isExpired: false })
  })

  test('go on after what was acknowledged, and never back', async () => {
    const { checkpoints } = await openCheckpointNodes().start()
    const key = newKey()
    const held = await checkpoints.begin(key, head(1))
    checkpoints.acknowledge(held, 5)
    checkpoints.acknowledge(held, 4)
    checkpoints.release(held)
    expect(await startOf(checkpoints, key, head(9))).toEqual({ revision: 5, isExpired: false })
  })

  test('expire some time after they were released, and say so until something is acknowledged', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const key = newKey()
    const held = await checkpoints.begin(key, head(3))
    checkpoints.release(held)
    await nodes.pass(TTL_MS + 1_000)
    const late = await checkpoints.begin(key, head(9))
    expect(late.start).toEqual({ revision: 9, isExpired: true, overdueAt: 3 })
    checkpoints.release(late)
    const again = await checkpoints.begin(key, head(12))
    expect(again.start).toEqual({ revision: 12, isExpired: true })
    checkpoints.acknowledge(again, 13)
    checkpoints.release(again)
    expect(await startOf(checkpoints, key, head(15))).toEqual({ revision: 13, isExpired: false })
  })

  test('cannot be continued in another epoch, beyond the end of the head, or when they were given up', async () => {
    const { checkpoints } = await openCheckpointNodes().start()
    const [other, beyond, silent] = [newKey(), newKey(), newKey()]
    for (const key of [other, beyond]) checkpoints.release(await checkpoints.begin(key, head(3)))
    expect(await startOf(checkpoints, other, head(9, 'second'))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(checkpoints, beyond, head(2))).toEqual({ revision: 2, isExpired: true })
    const held = await checkpoints.begin(silent, head(3))
    checkpoints.acknowledge(held, null)
    checkpoints.release(held)
    expect(await startOf(checkpoints, silent, head(9))).toEqual({ revision: 9, isExpired: true })
  })

  test('of a new socket outlast the old one', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const key = newKey()
    const old = await checkpoints.begin(key, head(3))
    const held = await checkpoints.begin(key, head(9))
    checkpoints.acknowledge(held, 9)
    checkpoints.release(old)
    await nodes.pass(3 * TTL_MS)
    checkpoints.release(held)
    expect(await startOf(checkpoints, key, head(12))).toEqual({ revision: 9, isExpired: false })
  })

  test('begin where their client says only when they are not known, or cannot be continued', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const key = newKey()
    const from = (revision: number, after: number | null, epoch?: string) => ({ ...head(revision, epoch), after })
    const held = await checkpoints.begin(key, from(9, 3))
    expect(held.start).toEqual({ revision: 3, isExpired: false })
    checkpoints.acknowledge(held, 7)
    checkpoints.release(held)
    await checkpoints.store()
    const again = await checkpoints.begin(key, from(9, 3))
    expect(again.start).toEqual({ revision: 7, isExpired: false })
    checkpoints.release(again)
    await checkpoints.store()
    expect(await startOf(checkpoints, key, from(9, null))).toEqual({ revision: 7, isExpired: false })
    const other = newKey()
    expect((await startOf(checkpoints, other, from(9, null))).isExpired).toBe(true)
    checkpoints.release(await checkpoints.begin(other, from(9, 2)))
    await nodes.pass(TTL_MS + 1_000)
    expect(await startOf(checkpoints, other, from(9, 2))).toEqual({ revision: 2, isExpired: false })
    expect(await startOf(checkpoints, other, from(9, 4, 'second'))).toEqual({ revision: 4, isExpired: false })
  })

  test('of two clients under one key are where the slower one is, until it would be given up', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const key = newKey()
    const first = await checkpoints.begin(key, head(3))
    const second = await checkpoints.begin(key, head(3))
    for (const held of [first, second]) checkpoints.acknowledge(held, 5)
    checkpoints.release(first)
    checkpoints.acknowledge(second, 9)
    await nodes.pass(2_000)
    const back = await checkpoints.begin(key, head(9))
    expect(back.start).toEqual({ revision: 5, isExpired: false })
    checkpoints.acknowledge(back, 9)
    for (const held of [second, back]) checkpoints.release(held)
    await nodes.pass(2_000)
    const one = await checkpoints.begin(key, head(9))
    // It may be the other one who is back.
    expect(one.start).toEqual({ revision: 5, isExpired: false })
    checkpoints.acknowledge(one, 12)
    await nodes.pass(TTL_MS)
    checkpoints.release(one)
    expect(await startOf(checkpoints, key, head(12))).toEqual({ revision: 12, isExpired: false })
  })

  test('of a client that was away while another one, whose older socket is half open, came back are kept', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const key = newKey()
    const away = await checkpoints.begin(key, head(3))
    const old = await checkpoints.begin(key, head(3))
    await nodes.pass(1_000)
    checkpoints.markAlive(away)
    checkpoints.release(away)
    checkpoints.acknowledge(old, 9)
    const back = await checkpoints.begin(key, head(9))
    checkpoints.acknowledge(back, 9)
    await nodes.pass(SILENT_MS + 1_000)
    expect(await startOf(checkpoints, key, head(9))).toEqual({ revision: 3, isExpired: false })
  })

  test('of one client are not held back by its older sockets, in whichever order they are found dead or closed', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const key = newKey()
    const first = await checkpoints.begin(key, head(3))
    const second = await checkpoints.begin(key, head(5))
    checkpoints.acknowledge(second, 5)
    checkpoints.release(second)
    const third = await checkpoints.begin(key, head(7))
    expect(third.start).toEqual({ revision: 3, isExpired: false })
    checkpoints.acknowledge(third, 7)
    await nodes.pass(SILENT_MS + 1_000)
    checkpoints.release(first)
    expect(await startOf(checkpoints, key, head(7))).toEqual({ revision: 7, isExpired: false })
  })

  test('of two clients under one key stay when one of them is over', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const [live, away] = [newKey(), newKey()]
    for (const key of [live, away]) {
      const first = await checkpoints.begin(key, head(3))
      const second = await checkpoints.begin(key, head(3))
      if (key === away) checkpoints.release(first)
      checkpoints.acknowledge(second, 9)
      checkpoints.forget(second)
      await nodes.pass(2_000)
      if (key === live) checkpoints.release(first)
    }
    await nodes.pass(2_000)
    for (const key of [live, away]) {
      expect(await startOf(checkpoints, key, head(12))).toEqual({ revision: 3, isExpired: false })
    }
  })

  test('of a socket that was found dead do not hold back the one that came in its place', async () => {
    const { checkpoints } = await openCheckpointNodes().start()
    const key = newKey()
    const old = await checkpoints.begin(key, head(3))
    const held = await checkpoints.begin(key, head(9))
    checkpoints.acknowledge(held, 9)
    checkpoints.release(old, true)
    checkpoints.release(held)
    expect(await startOf(checkpoints, key, head(12))).toEqual({ revision: 9, isExpired: false })
  })

  test('are forgotten when the subscription is over', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const [soon, later] = [newKey(), newKey()]
    for (const key of [soon, later]) checkpoints.forget(await checkpoints.begin(key, head(3)))
    expect(await startOf(checkpoints, soon, head(9))).toEqual({ revision: 9, isExpired: false })
    await nodes.pass(2_000)
    expect(await startOf(checkpoints, later, head(9))).toEqual({ revision: 9, isExpired: false })
  })

  test('say whether their client has ever answered, on whichever node', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const [silent, known] = [newKey(), newKey()]
    for (const key of [silent, known]) {
      const held = await checkpoints.begin(key, head(3))
      expect(held.checkpoint.hasEchoed).toBe(false)
      held.checkpoint.hasEchoed = key === known
      checkpoints.acknowledge(held, 4)
      await checkpoints.store()
      checkpoints.acknowledge(held, 5)
      checkpoints.release(held)
      await checkpoints.store()
    }
    const other = await nodes.start()
    for (const key of [silent, known]) {
      const held = await other.checkpoints.begin(key, head(9))
      expect(held.start).toEqual({ revision: 5, isExpired: false })
      expect(held.checkpoint.hasEchoed).toBe(key === known)
    }
  })

  test('of an erased user are gone, and stay gone', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints, storage } = await nodes.start()
    const [ada, bob] = [newKey('ada'), newKey('bob')]
    const held = await checkpoints.begin(ada, head(3))
    checkpoints.acknowledge(held, 5)
    await checkpoints.begin(bob, head(3))
    await storage.write((tx) => checkpoints.erase(tx, 'ada'))
    checkpoints.acknowledge(held, 6)
    await nodes.pass(2_000)
    expect(await startOf(checkpoints, ada, head(9))).toEqual({ revision: 9, isExpired: false })
    expect(await startOf(checkpoints, bob, head(9))).toEqual({ revision: 3, isExpired: false })
  })
})
