import { describe, expect, test } from 'vitest'
import { openRevocations } from '../../src/auth/revocations.ts'
import { createRevoke } from '../../src/auth/revoke.ts'
import { createBus } from '../../src/bus/bus.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { renewHistory } from '../../src/storage/incarnation.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { openStorage } from '../support/storage.ts'

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0, 250)
const SECOND = 1_000
const HOUR = 3_600_000
const MAX_TOKEN = 24 * HOUR

async function openNode(storage: Storage, clock = createManualClock(NOW)) {
  const log = silentLog()
  const bus = createBus({ openLink: openLocalLink, clock, log })
  const revocations = await openRevocations({ storage, bus, clock, log, countOthers: async () => 0 })
  const revoke = createRevoke({ revocations, clock, maxTokenMs: MAX_TOKEN })
  return { clock, revocations, revoke, isRevoked: revocations.isRevoked }
}

function alice(issuedAt?: number) {
  return { userId: 'alice', issuedAt }
}

describe('the tokens of a user', () => {
  test('are refused up to and with the second of the revocation, and when they do not say when they were issued', async () => {
    const { revoke, isRevoked } = await openNode(await openStorage())
    expect(isRevoked(alice(NOW))).toBe(false)
    expect(isRevoked(alice())).toBe(false)
    const bound = Date.UTC(2026, 0, 1, 12, 0, 1)
    expect(await revoke.tokens('alice', undefined)).toEqual({ notBefore: bound, closed: 0 })
    expect(isRevoked(alice(bound - SECOND))).toBe(true)
    expect(isRevoked(alice())).toBe(true)
    expect(isRevoked(alice(bound))).toBe(false)
    expect(isRevoked({ userId: 'bob', issuedAt: 0 })).toBe(false)
  })

  test('are refused up to the next second also when it is revoked at the beginning of one', async () => {
    const second = Date.UTC(2026, 0, 1, 12)
    const { revoke, isRevoked } = await openNode(await openStorage(), createManualClock(second))
    expect(await revoke.tokens('alice', null)).toMatchObject({ notBefore: second + SECOND })
    expect(isRevoked(alice(second))).toBe(true)
  })

  test('are refused from before the latest moment that was ever named', async () => {
    const { revoke, isRevoked } = await openNode(await openStorage())
    await revoke.tokens('alice', NOW - HOUR)
    expect(isRevoked(alice(NOW - HOUR))).toBe(false)
    expect(await revoke.tokens('alice', NOW)).toMatchObject({ notBefore: NOW })
    expect(await revoke.tokens('alice', NOW - HOUR)).toMatchObject({ notBefore: NOW })
    expect(isRevoked(alice(NOW - 1))).toBe(true)
    expect(isRevoked(alice(NOW))).toBe(false)
  })

  test('cannot be refused for a time to come', async () => {
    const { revoke } = await openNode(await openStorage())
    await expect(revoke.tokens('alice', NOW + 2 * HOUR)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect(await revoke.tokens('alice', NOW + HOUR)).toMatchObject({ notBefore: NOW + HOUR })
  })

  test.each(['', ' ', '\u200b', 'a\tb', 'x'.repeat(257), 'erased'])('need a user: %j is none', async (userId) => {
    const { revoke } = await openNode(await openStorage())
    await expect(revoke.tokens(userId, undefined)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await expect(revoke.token('', undefined)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })
})

test('a single token is refused by its id, and no other one', async () => {
  const { revoke, isRevoked } = await openNode(await openStorage())
  expect(await revoke.token('t-1', NOW + HOUR)).toEqual({ notBefore: null, closed: 0 })
  expect(isRevoked({ ...alice(NOW), tokenId: 't-1' })).toBe(true)
  expect(isRevoked({ ...alice(NOW), tokenId: 't-2' })).toBe(false)
  expect(isRevoked({ userId: 't-1', issuedAt: NOW })).toBe(false)
})

describe('another node', () => {
  test('knows it half a second later without being told, and one that starts at once', async () => {
    const storage = await openStorage()
    const [one, other] = [await openNode(storage), await openNode(storage)]
    await one.revoke.tokens('alice', undefined)
    await one.revoke.token('t-1', undefined)
    const isKnown = ({ isRevoked }: typeof one) => isRevoked(alice(NOW)) && isRevoked({ userId: 'bob', tokenId: 't-1' })
    expect(isKnown(other)).toBe(false)
    other.clock.advance(500)
    await expect.poll(() => isKnown(other)).toBe(true)
    expect(isKnown(await openNode(storage))).toBe(true)
    // A later one, after what it has read.
    await one.revoke.tokens('carol', undefined)
    other.clock.advance(500)
    await expect.poll(() => other.isRevoked({ userId: 'carol', issuedAt: NOW })).toBe(true)
  })

  test('misses none when the database has gone back and numbers are used again', async () => {
    const storage = await openStorage()
    const [one, other] = [await openNode(storage), await openNode(storage)]
    for (const jti of ['a', 'b', 'c']) await one.revoke.token(jti, undefined)
    other.clock.advance(500)
    await expect.poll(() => other.isRevoked({ userId: 'x', tokenId: 'c' })).toBe(true)
    await storage.write(async (tx) => {
      await tx.deleteFrom('revocations').where('key', '!=', 'a').execute()
      await tx.updateTable('streams').set({ revision: 1 }).where('stream', '=', 'revocations').execute()
      await renewHistory(tx)
    })
    for (const jti of ['d', 'e', 'f']) await one.revoke.token(jti, undefined)
    other.clock.advance(500)
    await expect.poll(() => ['d', 'e', 'f'].every((tokenId) => other.isRevoked({ userId: 'x', tokenId }))).toBe(true)
    // What was restored away is forgotten by the database, not by who knew it.
    expect(other.isRevoked({ userId: 'x', tokenId: 'b' })).toBe(true)
  })

  test('says that it cannot read any more after five seconds', async () => {
    const storage = await openStorage()
    let isAway = false
    const flaky: Storage = {
      ...storage,
      readOne: (work) => (isAway ? Promise.reject(new Error('away')) : storage.readOne(work)),
    }
    const { revocations, clock } = await openNode(flaky)
    await revocations.check()
    isAway = true
    clock.advance(4_500)
    await revocations.check()
    clock.advance(1_000)
    await expect(revocations.check()).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'What other nodes revoked could not be read for 5 seconds.',
    })
    isAway = false
    await expect
      .poll(async () => {
        clock.advance(500)
        return revocations.check().then(
          () => true,
          () => false,
        )
      })
      .toBe(true)
  })
})

test('what can concern no token any more is forgotten, in the database and in memory', async () => {
  const storage = await openStorage()
  const { clock, revocations, revoke, isRevoked } = await openNode(storage)
  await revoke.token('short', NOW + HOUR)
  await revoke.token('long', NOW + 1_000 * HOUR)
  await revoke.tokens('alice', NOW - HOUR)
  const kept = async () =>
    (await storage.readOne((db) => db.selectFrom('revocations').select('key').orderBy('seq').execute())).map(
      ({ key }) => key,
    )
  await revocations.prune()
  expect(await kept()).toEqual(['short', 'long', 'alice'])
  clock.advance(2 * HOUR)
  await revocations.prune()
  expect(await kept()).toEqual(['long', 'alice'])
  expect(isRevoked({ userId: 'bob', tokenId: 'short' })).toBe(false)
  clock.advance(MAX_TOKEN - 3 * HOUR)
  await revocations.prune()
  // A token without `iat` can have been issued when it was revoked.
  expect(isRevoked(alice())).toBe(true)
  clock.advance(2 * HOUR)
  await revocations.prune()
  expect(await kept()).toEqual([])
  expect(isRevoked(alice())).toBe(false)
  await revoke.tokens('alice', undefined)
  expect(isRevoked(alice())).toBe(true)
})

test('whoever watches is told when more is refused, and not when nothing new is', async () => {
  const { revocations, revoke } = await openNode(await openStorage())
  let told = 0
  const unwatch = revocations.watch(async () => {
    told += 1
    return 2
  })
  expect(await revoke.tokens('alice', NOW)).toEqual({ notBefore: NOW, closed: 2 })
  expect(await revoke.tokens('alice', NOW - 1)).toEqual({ notBefore: NOW, closed: 0 })
  expect(await revoke.token('t-1', undefined)).toEqual({ notBefore: null, closed: 2 })
  expect(await revoke.token('t-1', undefined)).toEqual({ notBefore: null, closed: 0 })
  unwatch()
  await revoke.tokens('bob', undefined)
  expect(told).toBe(2)
})
