import { expect, test } from 'vitest'
import { lastsWhileHeld } from '../../src/resume/checkpoint-store.ts'
import { renewHistory } from '../../src/storage/incarnation.ts'
import { head, newKey, openCheckpointNodes, startOf, TTL_MS } from '../support/checkpoints.ts'

test('after the database has gone back, checkpoints that it does not know may be missing, for as long as checkpoints last', async () => {
  const nodes = openCheckpointNodes()
  const { checkpoints, storage } = await nodes.start()
  const before = newKey('ada')
  checkpoints.release(await checkpoints.begin(before, head(3)))
  expect(await startOf(checkpoints, newKey('bob'), head(9))).toEqual({ revision: 9, isExpired: false })
  await storage.write((tx) => renewHistory(tx))
  expect(await startOf(checkpoints, newKey('carol'), head(9))).toEqual({ revision: 9, isExpired: true })
  await nodes.pass(lastsWhileHeld(TTL_MS) - 1_000)
  expect(await startOf(checkpoints, newKey('dave'), head(9))).toEqual({ revision: 9, isExpired: true })
  await nodes.pass(1_000)
  expect(await startOf(checkpoints, newKey('erin'), head(9))).toEqual({ revision: 9, isExpired: false })
  const other = await nodes.start()
  expect(await startOf(other.checkpoints, newKey('frank'), head(9))).toEqual({ revision: 9, isExpired: false })
})

test('it begins anew each time that the database has gone back', async () => {
  const nodes = openCheckpointNodes()
  const { checkpoints, storage } = await nodes.start()
  for (const user of ['ada', 'bob']) {
    await storage.write((tx) => renewHistory(tx))
    expect((await startOf(checkpoints, newKey(user), head(9))).isExpired).toBe(true)
    await nodes.pass(lastsWhileHeld(TTL_MS))
    expect((await startOf(checkpoints, newKey(`${user} later`), head(9))).isExpired).toBe(false)
  }
})

test('after an upgrade from a version that kept them in Redis, those that are there may be missing for an hour', async () => {
  const nodes = openCheckpointNodes()
  const { checkpoints, storage } = await nodes.start()
  await storage.write((tx) => tx.insertInto('meta').values({ key: 'positions', value: 'redis' }).execute())
  const explicit = { ...head(9), after: 7 }
  expect(await startOf(checkpoints, newKey(), head(9))).toEqual({ revision: 9, isExpired: true })
  expect(await startOf(checkpoints, newKey(), explicit)).toEqual({ revision: 7, isExpired: false })
  nodes.wait(60 * 60 * 1_000 - 1_000)
  expect((await startOf(checkpoints, newKey(), head(9))).isExpired).toBe(true)
  await nodes.pass(1_000)
  expect(await startOf(checkpoints, newKey(), head(9))).toEqual({ revision: 9, isExpired: false })
})
