import { describe, expect, test } from 'vitest'
import { SILENT_MS } from '../../src/resume/checkpoint.ts'
import { head, newKey, openCheckpointNodes, startOf, TTL_MS } from '../support/checkpoints.ts'

describe('checkpoints', () => {
  test('outlive the node, from the start on and after each second', async () => {
    const nodes = openCheckpointNodes()
    const first = await nodes.start()
    const [idle, busy] = [newKey(), newKey()]
    await first.checkpoints.begin(idle, head(3))
    const held = await first.checkpoints.begin(busy, head(3))
    first.checkpoints.acknowledge(held, 8)
    await nodes.pass(1_000)
    const { checkpoints } = await nodes.start()
    expect(await startOf(checkpoints, idle, head(9))).toEqual({ revision: 3, isExpired: false })
    expect(await startOf(checkpoints, busy, head(9))).toEqual({ revision: 8, isExpired: false })
  })

  test('are stored when the node closes', async () => {
    const nodes = openCheckpointNodes()
    const first = await nodes.start()
    const key = newKey()
    const held = await first.checkpoints.begin(key, head(3))
    first.checkpoints.acknowledge(held, 8)
    first.checkpoints.release(held)
    await first.checkpoints.close()
    const { checkpoints } = await nodes.start()
    expect(await startOf(checkpoints, key, head(9))).toEqual({ revision: 8, isExpired: false })
  })

  test('of two clients under one key are where the slower one is, also on other nodes after the end of theirs', async () => {
    const nodes = openCheckpointNodes()
    const first = await nodes.start()
    const key = newKey()
    const [ahead, behind] = [await first.checkpoints.begin(key, head(3)), await first.checkpoints.begin(key, head(3))]
    first.checkpoints.acknowledge(behind, 5)
    first.checkpoints.acknowledge(ahead, 9)
    for (const held of [ahead, behind]) first.checkpoints.release(held)
    await first.checkpoints.close()
    const { checkpoints } = await nodes.start()
    const one = await checkpoints.begin(key, head(9))
    expect(one.start).toEqual({ revision: 5, isExpired: false })
    checkpoints.acknowledge(one, 9)
    await checkpoints.store()
    const third = await nodes.start()
    expect(await startOf(third.checkpoints, key, head(9))).toEqual({ revision: 5, isExpired: false })
    expect(await startOf(checkpoints, key, head(9))).toEqual({ revision: 5, isExpired: false })
  })

  test('of one client are not held back on another node by a socket that is not known to be dead yet', async () => {
    const nodes = openCheckpointNodes()
    const first = await nodes.start()
    const key = newKey()
    await first.checkpoints.begin(key, head(3))
    const held = await first.checkpoints.begin(key, head(3))
    first.checkpoints.acknowledge(held, 5)
    await first.checkpoints.store()
    const { checkpoints } = await nodes.start()
    const again = await checkpoints.begin(key, head(9))
    checkpoints.acknowledge(again, 9)
    // What gives no sign of life meanwhile counts no longer.
    await nodes.pass(SILENT_MS + 1_000)
    checkpoints.release(again)
    await checkpoints.store()
    expect(await startOf(checkpoints, key, head(12))).toEqual({ revision: 9, isExpired: false })
  })

  test('never expire while they are held, also when the node dies', async () => {
    const nodes = openCheckpointNodes()
    const first = await nodes.start()
    const key = newKey()
    await first.checkpoints.begin(key, head(3))
    await nodes.pass(5 * TTL_MS)
    const { checkpoints } = await nodes.start()
    expect(await startOf(checkpoints, key, head(9))).toEqual({ revision: 3, isExpired: false })
  })

  test('that go from node to node go on where the client got to, whatever the old node still believes', async () => {
    const nodes = openCheckpointNodes()
    const [one, two] = [await nodes.start(), await nodes.start()]
    const key = newKey()
    const halfOpen = await one.checkpoints.begin(key, head(1))
    one.checkpoints.acknowledge(halfOpen, 2)
    await one.checkpoints.store()
    const held = await two.checkpoints.begin(key, head(5))
    expect(held.start.revision).toBe(2)
    two.checkpoints.acknowledge(held, 5)
    await two.checkpoints.store()
    one.checkpoints.release(halfOpen)
    await one.checkpoints.store()
    const third = await nodes.start()
    expect((await third.checkpoints.begin(key, head(7))).start.isExpired).toBe(false)
  })
})
