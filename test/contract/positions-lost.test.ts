import { expect, test } from 'vitest'
import { lastsWhileHeld } from '../../src/delivery/position-home.ts'
import { renewHistory } from '../../src/storage/incarnation.ts'
import { lane, newKey, POSITION_HOMES, startOf, TTL_MS } from '../support/positions.ts'

const [inDatabase, inRedis] = POSITION_HOMES.map(([, open]) => open)

test('after the database has gone back, positions that it does not know may be missing, for as long as positions last', async () => {
  const nodes = inDatabase!()
  const { positions, storage } = await nodes.start()
  const before = newKey('ada')
  positions.release(await positions.begin(before, lane(3)))
  expect(await startOf(positions, newKey('bob'), lane(9))).toEqual({ revision: 9, isExpired: false })
  await storage.write((tx) => renewHistory(tx))
  expect(await startOf(positions, newKey('carol'), lane(9))).toEqual({ revision: 9, isExpired: true })
  await nodes.pass(lastsWhileHeld(TTL_MS) - 1_000)
  expect(await startOf(positions, newKey('dave'), lane(9))).toEqual({ revision: 9, isExpired: true })
  await nodes.pass(1_000)
  expect(await startOf(positions, newKey('erin'), lane(9))).toEqual({ revision: 9, isExpired: false })
  const other = await nodes.start()
  expect(await startOf(other.positions, newKey('frank'), lane(9))).toEqual({ revision: 9, isExpired: false })
})

test('it begins anew each time that the database has gone back', async () => {
  const nodes = inDatabase!()
  const { positions, storage } = await nodes.start()
  for (const user of ['ada', 'bob']) {
    await storage.write((tx) => renewHistory(tx))
    expect((await startOf(positions, newKey(user), lane(9))).isExpired).toBe(true)
    await nodes.pass(lastsWhileHeld(TTL_MS))
    expect((await startOf(positions, newKey(`${user} later`), lane(9))).isExpired).toBe(false)
  }
})

test('where positions are in Redis, those that the database does not know are not missing', async () => {
  const { positions, storage } = await inRedis!().start()
  await storage.write((tx) => renewHistory(tx))
  expect(await startOf(positions, newKey(), lane(9))).toEqual({ revision: 9, isExpired: false })
})
