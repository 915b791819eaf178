import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Actor } from '../../src/auth/viewer.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { openRedisMemberships } from '../../src/membership/redis-memberships.ts'
import { openCommandClient } from '../../src/redis/redis-client.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import {
  GRACE_MS,
  LEASE_MS,
  lookUp,
  type MemberNode,
  onlineStats,
  startNode,
  swept,
  type Told,
  toldOf,
} from '../support/memberships.ts'
import { newPrefix, redisAddress, startRedis, useRedis } from '../support/redis.ts'

const redis = useRedis()

interface Options {
  readonly prefix?: string
  /** The time, also of Redis; by the clock of Redis when left out. */
  readonly now?: () => number
  readonly graceMs?: number
}

/** A node with a client of its own, which the test sweeps. */
async function openOn(url: string, { prefix = newPrefix(), now, graceMs }: Options = {}): Promise<MemberNode> {
  const client = await openCommandClient({ address: redisAddress(url), name: 'test' })
  onTestFinished(() => client.disconnect())
  const clock = { now: now ?? systemClock.now, after: () => () => {} }
  const options = { client, prefix, clock, log: silentLog(), leaseMs: LEASE_MS, ...(now && { now }) }
  return startNode(openRedisMemberships(options), graceMs)
}

const ann: Actor = { id: 'ann', name: 'Ann', role: 'CUSTOMER', avatarUrl: null }

function tick() {
  return new Promise((resolve) => setTimeout(resolve, 20))
}

/** Redis answers again. */
async function answered({ online }: MemberNode): Promise<void> {
  while (!(await online.lookUp('', ['ada']).catch(() => undefined))) await tick()
}

async function sweptAgain(node: MemberNode): Promise<readonly Told[]> {
  for (;;) {
    const told = await swept(node).catch(() => undefined)
    if (told) return told
    await tick()
  }
}

describe('memberships in a Redis that fails', () => {
  test('do not say absent while Redis is away, and know everything again when it comes back empty', async () => {
    const server = await startRedis()
    const node = await openOn(server.url)
    await node.enter('laptop', 'ada')
    await node.enter('phone', 'bob')
    await node.tickets.enter({ room: '1', member: 'ann', id: 'a1', value: ann })
    await server.kill()
    await expect(node.online.lookUp('', ['ada'])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await expect(node.tickets.named('1')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await expect(node.memberships.stats()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await expect(node.enter('tablet', 'cid')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await expect(node.leave('phone', 'bob')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    toldOf(node)
    await server.start()
    const told = await sweptAgain(node)
    const came = told.filter(({ isMember }) => isMember).map(({ kind, member }) => `${kind} ${member}`)
    expect(came.sort()).toEqual(['online ada', 'online cid', 'ticket ann'])
    expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 1 })
    expect(await lookUp(node, 'cid')).toEqual({ isMember: true, connections: 1 })
    expect(await lookUp(node, 'bob')).toEqual({ isMember: false, connections: 0 })
    expect(await onlineStats(node)).toEqual({ connections: 2, users: 2, nodes: 1 })
    expect(await node.tickets.named('1')).toEqual([ann])
  })

  test('report a member who came while Redis was away, also when one of the connections is gone by then', async () => {
    const server = await startRedis()
    const node = await openOn(server.url)
    await server.kill()
    for (const device of ['laptop', 'phone']) await expect(node.enter(device, 'ada')).rejects.toThrow()
    await server.start()
    await answered(node)
    await node.leave('laptop', 'ada')
    expect(await swept(node)).toMatchObject([{ member: 'ada', isMember: true, connections: 1 }])
  })

  test('register again when they are asked something first after Redis has forgotten them', async () => {
    const server = await startRedis()
    const node = await openOn(server.url)
    await node.enter('laptop', 'ada')
    await server.kill()
    await server.start()
    await answered(node)
    await sweptAgain(node)
    expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 1 })
  })

  test('know who came and who went in what a failover lost, also when it was faster than the lease', async () => {
    const clock = createManualClock()
    const prefix = newPrefix()
    const node = await openOn(redis.url(), { prefix, now: clock.now })
    const other = await openOn(redis.url(), { prefix, now: clock.now })
    await node.enter('laptop', 'ada')
    await node.enter('phone', 'bob')
    await other.enter('desktop', 'bob')

    const client = new Redis(redis.url())
    onTestFinished(() => client.disconnect())
    const keys = await client.keys(`${prefix}*`)
    const kept = await Promise.all(keys.map(async (key) => [key, await client.dumpBuffer(key)] as const))
    await node.leave('laptop', 'ada')
    await node.leave('phone', 'bob')
    await node.enter('tablet', 'cid')
    await client.del(await client.keys(`${prefix}*`))
    for (const [key, dump] of kept) await client.restore(key, key.includes('steps:') ? LEASE_MS : 0, dump!)

    for (const one of [node, other]) toldOf(one)
    await node.memberships.sweep()
    expect(await lookUp(other, 'ada')).toEqual({ isMember: true, connections: 0 })
    expect(await lookUp(other, 'bob')).toEqual({ isMember: true, connections: 1 })
    expect(await lookUp(other, 'cid')).toEqual({ isMember: true, connections: 1 })
    expect(toldOf(node)).toMatchObject([{ member: 'cid', isMember: true }])
    for (const one of [node, other]) await one.memberships.sweep()
    expect(await onlineStats(other)).toEqual({ connections: 2, users: 2, nodes: 2 })
    clock.advance(GRACE_MS)
    const told = [...(await swept(other)), ...(await swept(node))]
    expect(told).toMatchObject([{ member: 'ada', isMember: false }])
  })

  test('lose nobody when a node with many members was late and has been taken for dead', async () => {
    const clock = createManualClock()
    const shared = { prefix: newPrefix(), now: clock.now }
    const [late, other] = [await openOn(redis.url(), shared), await openOn(redis.url(), shared)]
    for (let index = 0; index < 700; index++) await late.enter(`connection-${index}`, `user-${index}`)
    clock.advance(LEASE_MS)
    await swept(other)
    await late.online.lookUp('', ['user-0'])
    toldOf(late)
    const told = [...(await swept(late))]
    clock.advance(GRACE_MS)
    told.push(...(await swept(late)), ...(await swept(other)), ...(await swept(late)))
    expect(told).toEqual([])
    expect(await onlineStats(other)).toEqual({ connections: 700, users: 700, nodes: 2 })
  })
})

describe('memberships in Redis', () => {
  test('know at once who has just come', async () => {
    const node = await openOn(redis.url())
    await node.enter('laptop', 'ada')
    const entering = node.enter('phone', 'bob')
    expect(await lookUp(node, 'bob')).toEqual({ isMember: true, connections: 1 })
    const leaving = node.leave('laptop', 'ada')
    expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 0 })
    await Promise.all([entering, leaving, node.enter('tablet', 'cid')])
    expect(await onlineStats(node)).toMatchObject({ connections: 2, users: 2 })
  })

  test('report members once who come together on several connections', async () => {
    const node = await openOn(redis.url())
    await Promise.all(['ada', 'bob', 'ada', 'cid'].map((member, index) => node.enter(`device-${index}`, member)))
    expect(
      toldOf(node)
        .map(({ member }) => member)
        .sort(),
    ).toEqual(['ada', 'bob', 'cid'])
    expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 2 })
  })

  test('go by the clock of Redis', async () => {
    const node = await openOn(redis.url(), { graceMs: 50 })
    await node.enter('laptop', 'ada')
    await node.leave('laptop', 'ada')
    toldOf(node)
    let told: readonly Told[] = []
    while (told.length === 0) told = await sweptAgain(node)
    expect(told).toMatchObject([{ member: 'ada', isMember: false }])
  })
})
