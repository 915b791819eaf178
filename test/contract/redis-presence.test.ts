import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { PresenceLeases, Transition } from '../../src/presence/presence-leases.ts'
import { createRedisPresenceLeases, type RedisPresenceOptions } from '../../src/presence/redis-presence-leases.ts'
import { openCommandClient } from '../../src/redis/redis-client.ts'
import { createManualClock } from '../support/clock.ts'
import { lookUp, swept } from '../support/presence-leases.ts'
import { newPrefix, redisAddress, startRedis, useRedis } from '../support/redis.ts'

const redis = useRedis()

/** Leases with a client of their own. */
const openOn = async (url: string, options: Partial<RedisPresenceOptions> = {}): Promise<PresenceLeases> => {
  const client = await openCommandClient({ address: redisAddress(url), name: 'test' })
  const leases = createRedisPresenceLeases({ client, prefix: newPrefix(), clock: systemClock, ...options })
  onTestFinished(async () => {
    await leases.close(async () => {})
    client.disconnect()
  })
  return leases
}

describe('presence leases in Redis', () => {
  const sweptAgain = async (leases: PresenceLeases): Promise<readonly Transition[]> => {
    for (;;) {
      const told = await swept(leases).catch(() => undefined)
      if (told) return told
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Redis answers again. */
  const answered = async (leases: PresenceLeases): Promise<void> => {
    while (!(await leases.lookUp(['ada']).catch(() => undefined)))
      await new Promise((resolve) => setTimeout(resolve, 20))
  }

  test('do not say offline while Redis is away, and know everything again when it comes back empty', async () => {
    const server = await startRedis()
    const leases = await openOn(server.url)
    await leases.enter('laptop', 'ada')
    await leases.enter('phone', 'bob')
    await server.kill()
    await expect(leases.lookUp(['ada'])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await expect(leases.enter('tablet', 'cid')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await expect(leases.leave('phone', 'bob')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await server.start()
    const told = await sweptAgain(leases)
    expect(
      told
        .filter(({ isOnline }) => isOnline)
        .map(({ userId }) => userId)
        .sort(),
    ).toEqual(['ada', 'cid'])
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 1 })
    expect(await lookUp(leases, 'cid')).toEqual({ isOnline: true, connections: 1 })
    expect(await lookUp(leases, 'bob')).toEqual({ isOnline: false, connections: 0 })
    expect(await leases.stats()).toMatchObject({ connections: 2, users: 2 })
  })

  test('report a user who came while Redis was away, also when one of the connections is gone by then', async () => {
    const server = await startRedis()
    const leases = await openOn(server.url)
    await server.kill()
    for (const device of ['laptop', 'phone']) await expect(leases.enter(device, 'ada')).rejects.toThrow()
    await server.start()
    await answered(leases)
    await leases.leave('laptop', 'ada')
    expect(await swept(leases)).toMatchObject([{ userId: 'ada', isOnline: true, connections: 1 }])
  })

  test('know at once who has just come', async () => {
    const leases = await openOn(redis.url())
    await leases.enter('laptop', 'ada')
    const entering = leases.enter('phone', 'bob')
    expect(await lookUp(leases, 'bob')).toEqual({ isOnline: true, connections: 1 })
    const leaving = leases.leave('laptop', 'ada')
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 0 })
    await Promise.all([entering, leaving, leases.enter('tablet', 'cid')])
    expect(await leases.stats()).toMatchObject({ connections: 2, users: 2 })
  })

  test('report users once who come together on several connections', async () => {
    const leases = await openOn(redis.url())
    const entering = ['ada', 'bob', 'ada', 'cid'].map((userId, index) => leases.enter(`device-${index}`, userId))
    const came = (await Promise.all(entering)).flatMap((transition) => transition?.userId ?? [])
    expect(came.sort()).toEqual(['ada', 'bob', 'cid'])
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 2 })
  })

  test('register again when they are asked something first after Redis has forgotten them', async () => {
    const server = await startRedis()
    const leases = await openOn(server.url)
    await leases.enter('laptop', 'ada')
    await server.kill()
    await server.start()
    await answered(leases)
    await sweptAgain(leases)
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 1 })
  })

  test('lose nobody when a node with many users was late and has been taken for dead', async () => {
    const clock = createManualClock()
    const shared = { prefix: newPrefix(), clock, now: clock.now, leaseMs: 25_000, graceMs: 10_000 }
    const [late, other] = [await openOn(redis.url(), shared), await openOn(redis.url(), shared)]
    for (let index = 0; index < 700; index++) await late.enter(`connection-${index}`, `user-${index}`)
    clock.advance(shared.leaseMs)
    await swept(other)
    await late.lookUp(['user-0'])
    const told = [...(await swept(late))]
    clock.advance(shared.graceMs)
    told.push(...(await swept(late)), ...(await swept(other)), ...(await swept(late)))
    expect(told).toEqual([])
    expect(await other.stats()).toMatchObject({ connections: 700, users: 700 })
  })

  test('go by the clock of Redis', async () => {
    const leases = await openOn(redis.url(), { graceMs: 50 })
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    let told: readonly Transition[] = []
    while (told.length === 0) told = await sweptAgain(leases)
    expect(told).toMatchObject([{ userId: 'ada', isOnline: false }])
  })
})
