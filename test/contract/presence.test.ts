import { describe, expect, test } from 'vitest'
import { createMemoryPresenceLeases } from '../../src/presence/memory-presence-leases.ts'
import type { PresenceLeases } from '../../src/presence/presence-leases.ts'
import { createManualClock } from '../support/clock.ts'
import { lookUp, started, swept, usePresenceLeases } from '../support/presence-leases.ts'

describe.each(usePresenceLeases())('presence leases %s', (_, open) => {
  test('report the first connection of a user and no further one', async () => {
    const leases = started(open())
    const transition = await leases.enter('laptop', 'ada')
    expect(transition).toMatchObject({ userId: 'ada', isOnline: true, connections: 1 })
    expect(await leases.enter('phone', 'ada')).toBeUndefined()
    expect(await leases.enter('phone', 'ada')).toBeUndefined()
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 2 })
    expect(await swept(leases)).toEqual([])
  })

  test('keep a user online as long as one connection is left', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('laptop', 'ada')
    await leases.enter('phone', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(2 * nodes.graceMs)
    expect(await swept(leases)).toEqual([])
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 1 })
  })

  test('hand over a user once, when the grace after the last connection is over', async () => {
    const nodes = open()
    const leases = started(nodes)
    const came = await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 0 })
    expect(await swept(leases)).toEqual([])

    await nodes.pass(nodes.graceMs)
    const told = await swept(leases)
    expect(told).toMatchObject([{ userId: 'ada', isOnline: false, connections: 0 }])
    expect(told[0]!.version).toBeGreaterThan(came!.version)
    expect(told[0]!.at - came!.at).toBeLessThan(nodes.graceMs)
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: false, connections: 0 })
    expect(await swept(leases)).toEqual([])
  })

  test('say nothing of a user who comes back within the grace, however often', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('tab-0', 'ada')
    for (let turn = 1; turn <= 5; turn++) {
      await leases.leave(`tab-${turn - 1}`, 'ada')
      await nodes.pass(nodes.graceMs / 2)
      expect(await swept(leases)).toEqual([])
      expect(await leases.enter(`tab-${turn}`, 'ada')).toBeUndefined()
    }
    await nodes.pass(2 * nodes.graceMs)
    expect(await swept(leases)).toEqual([])
  })

  test('begin the grace anew each time the last connection goes', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs / 2)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs / 2)
    expect(await swept(leases)).toEqual([])
    await nodes.pass(nodes.graceMs / 2)
    expect(await swept(leases)).toMatchObject([{ userId: 'ada', isOnline: false }])
  })

  test('hand over a user again when telling failed, and count them as online until then', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs)
    const failed = leases.sweep(async () => {
      expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 0 })
      throw new Error('the database is away')
    })
    await expect(failed).rejects.toThrow('the database is away')
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 0 })
    expect(await swept(leases)).toMatchObject([{ userId: 'ada', isOnline: false }])
  })

  test('report who comes back while it is told that they left, as newer than that', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs)
    await leases.sweep(async ([left]) => {
      const back = await leases.enter('phone', 'ada')
      expect(back).toMatchObject({ userId: 'ada', isOnline: true, connections: 1 })
      expect(back!.version).toBeGreaterThan(left!.version)
      expect(await leases.enter('tablet', 'ada')).toBeUndefined()
    })
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 2 })
    await nodes.pass(2 * nodes.graceMs)
    expect(await swept(leases)).toEqual([])
  })

  test('order what is looked up among the transitions', async () => {
    const nodes = open()
    const leases = started(nodes)
    const versionNow = async () => (await leases.lookUp(['ada'])).get('ada')!.version
    const before = await versionNow()
    const came = await leases.enter('laptop', 'ada')
    const during = await versionNow()
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs)
    const [went] = await swept(leases)
    const after = await versionNow()
    const again = await leases.enter('laptop', 'ada')
    expect(before).toBeLessThan(came!.version)
    expect(during).toBe(came!.version)
    expect(went!.version).toBeGreaterThan(during)
    expect(after).toBeGreaterThanOrEqual(went!.version)
    expect(again!.version).toBeGreaterThan(after)
  })

  test('say when they want to be swept next, so that nobody stays longer than the grace', async () => {
    const nodes = open()
    const leases = started(nodes)
    const idle = await leases.sweep(async () => {})
    expect(idle).toBeGreaterThan(0)
    expect(idle).toBeLessThanOrEqual(nodes.graceMs)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs / 2)
    expect(await leases.sweep(async () => {})).toBeLessThanOrEqual(nodes.graceMs / 2)
  })

  test('count a connection that serves two users once, and users who are in the grace not at all', async () => {
    const leases = started(open())
    await leases.enter('graphiql', 'ada')
    await leases.enter('graphiql', 'bob')
    await leases.enter('phone', 'bob')
    expect(await leases.stats()).toMatchObject({ connections: 2, users: 2, nodes: [{ connections: 2, users: 2 }] })
    await leases.leave('graphiql', 'ada')
    await leases.leave('graphiql', 'ada')
    expect(await leases.stats()).toMatchObject({ connections: 2, users: 1 })
    await leases.leave('graphiql', 'bob')
    expect(await leases.stats()).toMatchObject({ connections: 1, users: 1 })
    await leases.leave('phone', 'bob')
    expect(await leases.stats()).toMatchObject({ connections: 0, users: 0 })
  })

  test('name their node by another id after each start', async () => {
    const [one, other] = [started(open()), started(open())]
    const id = async (leases: PresenceLeases) => (await leases.stats()).nodes[0]?.id
    expect(await id(one)).not.toBe(await id(other))
  })

  test('look up users whom they have never seen as offline', async () => {
    expect(await lookUp(started(open()), 'nobody')).toEqual({ isOnline: false, connections: 0 })
  })
})

describe('presence leases in memory', () => {
  test('keep nobody online for longer when the clock of the machine is set back', async () => {
    const clock = createManualClock()
    const leases = createMemoryPresenceLeases({ clock })
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    clock.advance(-3_600_000)
    expect(await swept(leases)).toMatchObject([{ userId: 'ada', isOnline: false }])
  })
})
