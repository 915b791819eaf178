import { describe, expect, test } from 'vitest'
import { putPlaces } from '../../src/resume/checkpoint-rows.ts'
import { head, newKey, openCheckpointNodes, PER_USER, placeOf, startOf } from '../support/checkpoints.ts'

const HOUR_MS = 60 * 60 * 1_000

describe('checkpoints', () => {
  test('begin and move in thousands', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const keys = Array.from({ length: 5_000 }, (_, index) => newKey(`user-${index % 500}`))
    const held = await Promise.all(keys.map((key) => checkpoints.begin(key, head(3))))
    for (const each of held) checkpoints.acknowledge(each, 4)
    await checkpoints.store()
    const other = await nodes.start()
    const starts = await Promise.all(keys.map((key) => startOf(other.checkpoints, key, head(9))))
    expect(starts.every(({ revision, isExpired }) => revision === 4 && !isExpired)).toBe(true)
  })

  test('of a user are bounded: the oldest are given up, and whoever comes back to one is told', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const keys = Array.from({ length: PER_USER + 1 }, () => newKey('mallory'))
    const bob = newKey('bob')
    checkpoints.release(await checkpoints.begin(bob, head(3)))
    for (const key of keys) {
      checkpoints.release(await checkpoints.begin(key, head(3)))
      await nodes.pass(1_000)
    }
    const other = (await nodes.start()).checkpoints
    expect(await startOf(other, keys[0]!, head(9))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(other, keys.at(-1)!, head(9))).toEqual({ revision: 3, isExpired: false })
    // Nobody knows which subscriptions of this user are new.
    expect(await startOf(other, newKey('mallory'), head(9))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(other, bob, head(9))).toEqual({ revision: 3, isExpired: false })
    expect(await startOf(other, newKey('bob'), head(9))).toEqual({ revision: 9, isExpired: false })
  })

  test('of a user are bounded while they are held, too', async () => {
    const nodes = openCheckpointNodes()
    const { checkpoints } = await nodes.start()
    const keys = Array.from({ length: 3 * PER_USER }, () => newKey('mallory'))
    const held = await Promise.all(keys.map((key) => checkpoints.begin(key, head(3))))
    for (const each of held) checkpoints.acknowledge(each, 4)
    await nodes.pass(2_000)
    const other = (await nodes.start()).checkpoints
    const starts = await Promise.all(keys.map((key) => startOf(other, key, head(9))))
    const continued = starts.filter(({ isExpired }) => !isExpired)
    expect(continued.length).toBeGreaterThan(0)
    expect(continued.length).toBeLessThanOrEqual(PER_USER)
    for (const { revision } of continued) expect(revision).toBeLessThanOrEqual(4)
  })

  test('of thousands, those that nobody needs to know any more are removed, and no other', async () => {
    const nodes = openCheckpointNodes()
    const { storage } = await nodes.start()
    const places = Array.from({ length: 4_500 }, (_, index) =>
      placeOf(newKey(), nodes.now() - 13 * HOUR_MS * (index % 3)),
    )
    for (let at = 0; at < places.length; at += 500) {
      await storage.write((tx) => putPlaces(tx, places.slice(at, at + 500)))
    }
    const countLeft = async (): Promise<number> => {
      await nodes.pass(1_000)
      return (await storage.readOne((db) => db.selectFrom('checkpoints').select('key').execute())).length
    }
    await expect.poll(countLeft).toBe(3_000)
    await nodes.pass(120_000)
    expect(await countLeft()).toBe(3_000)
  })
})
