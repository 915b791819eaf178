import { describe, expect, test } from 'vitest'
import { GRACE_MS, lookUp, onlineStats, swept, toldOf, useMemberships } from '../support/memberships.ts'

describe.each(useMemberships())('memberships %s', (_, open) => {
  test('report the first connection of a member and no further one', async () => {
    const node = open().start()
    await node.enter('laptop', 'ada')
    expect(toldOf(node)).toMatchObject([{ kind: 'online', member: 'ada', isMember: true, connections: 1 }])
    await node.enter('phone', 'ada')
    await node.enter('phone', 'ada')
    expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 2 })
    expect(await swept(node)).toEqual([])
  })

  test('keep a member as long as one connection is left', async () => {
    const nodes = open()
    const node = nodes.start()
    await node.enter('laptop', 'ada')
    await node.enter('phone', 'ada')
    await node.leave('laptop', 'ada')
    toldOf(node)
    await nodes.pass(2 * GRACE_MS)
    expect(await swept(node)).toEqual([])
    expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 1 })
  })

  test('tell once that a member went, when the grace after the last connection is over', async () => {
    const nodes = open()
    const node = nodes.start()
    await node.enter('laptop', 'ada')
    const [came] = toldOf(node)
    await node.leave('laptop', 'ada')
    expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 0 })
    expect(await swept(node)).toEqual([])

    await nodes.pass(GRACE_MS)
    const told = await swept(node)
    expect(told).toMatchObject([{ member: 'ada', isMember: false, connections: 0 }])
    expect(told[0]!.version).toBeGreaterThan(came!.version)
    expect(told[0]!.at - came!.at).toBeLessThan(GRACE_MS)
    expect(await lookUp(node, 'ada')).toEqual({ isMember: false, connections: 0 })
    expect(await swept(node)).toEqual([])
  })

  test('say nothing of a member who comes back within the grace, however often', async () => {
    const nodes = open()
    const node = nodes.start()
    await node.enter('tab-0', 'ada')
    toldOf(node)
    for (let turn = 1; turn <= 5; turn++) {
      await node.leave(`tab-${turn - 1}`, 'ada')
      await nodes.pass(GRACE_MS / 2)
      expect(await swept(node)).toEqual([])
      await node.enter(`tab-${turn}`, 'ada')
    }
    await nodes.pass(2 * GRACE_MS)
    expect(await swept(node)).toEqual([])
  })

  test('begin the grace anew each time the last connection goes', async () => {
    const nodes = open()
    const node = nodes.start()
    await node.enter('laptop', 'ada')
    await node.leave('laptop', 'ada')
    await nodes.pass(GRACE_MS / 2)
    await node.enter('laptop', 'ada')
    await node.leave('laptop', 'ada')
    await nodes.pass(GRACE_MS / 2)
    toldOf(node)
    expect(await swept(node)).toEqual([])
    await nodes.pass(GRACE_MS / 2)
    expect(await swept(node)).toMatchObject([{ member: 'ada', isMember: false }])
  })

  test('hand over a member again when telling failed, and count them as there until then', async () => {
    const nodes = open()
    const node = nodes.start()
    await node.enter('laptop', 'ada')
    await node.leave('laptop', 'ada')
    await nodes.pass(GRACE_MS)
    toldOf(node)
    node.beforeWent = async () => {
      expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 0 })
      throw new Error('the database is away')
    }
    await expect(node.memberships.sweep()).rejects.toThrow('the database is away')
    expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 0 })
    node.beforeWent = async () => {}
    expect(await swept(node)).toMatchObject([{ member: 'ada', isMember: false }])
  })

  test('report who comes back while it is told that they left, as newer than that', async () => {
    const nodes = open()
    const node = nodes.start()
    await node.enter('laptop', 'ada')
    await node.leave('laptop', 'ada')
    await nodes.pass(GRACE_MS)
    toldOf(node)
    node.beforeWent = async ([left]) => {
      node.beforeWent = async () => {}
      await node.enter('phone', 'ada')
      const [back] = toldOf(node)
      expect(back).toMatchObject({ member: 'ada', isMember: true, connections: 1 })
      expect(back!.version).toBeGreaterThan(left!.version)
      await node.enter('tablet', 'ada')
      expect(toldOf(node)).toEqual([])
    }
    expect(await swept(node)).toMatchObject([{ isMember: false }])
    expect(await lookUp(node, 'ada')).toEqual({ isMember: true, connections: 2 })
    await nodes.pass(2 * GRACE_MS)
    expect(await swept(node)).toEqual([])
  })

  test('order what is looked up among the changes', async () => {
    const nodes = open()
    const node = nodes.start()
    const versionNow = async () => (await node.online.lookUp('', ['ada'])).get('ada')!.version
    const before = await versionNow()
    await node.enter('laptop', 'ada')
    const [came] = toldOf(node)
    const during = await versionNow()
    await node.leave('laptop', 'ada')
    await nodes.pass(GRACE_MS)
    const [went] = await swept(node)
    const after = await versionNow()
    await node.enter('laptop', 'ada')
    const [again] = toldOf(node)
    expect(before).toBeLessThan(came!.version)
    expect(during).toBe(came!.version)
    expect(went!.version).toBeGreaterThan(during)
    expect(after).toBeGreaterThanOrEqual(went!.version)
    expect(again!.version).toBeGreaterThan(after)
  })

  test('say when they want to be swept next, so that nobody stays longer than the grace', async () => {
    const nodes = open()
    const node = nodes.start()
    const idle = await node.memberships.sweep()
    expect(idle).toBeGreaterThan(0)
    expect(idle).toBeLessThanOrEqual(GRACE_MS)
    await node.enter('laptop', 'ada')
    await node.leave('laptop', 'ada')
    await nodes.pass(0.8 * GRACE_MS)
    expect(await node.memberships.sweep()).toBeLessThanOrEqual(0.2 * GRACE_MS)
  })

  test('count a connection that serves two members once, and members who are in the grace not at all', async () => {
    const node = open().start()
    await node.enter('graphiql', 'ada')
    await node.enter('graphiql', 'bob')
    await node.enter('phone', 'bob')
    expect(await onlineStats(node)).toEqual({ connections: 2, users: 2, nodes: 1 })
    expect((await node.memberships.stats()).nodes[0]?.held['online']).toEqual({ connections: 2, members: 2 })
    await node.leave('graphiql', 'ada')
    await node.leave('graphiql', 'ada')
    expect(await onlineStats(node)).toMatchObject({ connections: 2, users: 1 })
    await node.leave('graphiql', 'bob')
    expect(await onlineStats(node)).toMatchObject({ connections: 1, users: 1 })
    await node.leave('phone', 'bob')
    expect(await onlineStats(node)).toMatchObject({ connections: 0, users: 0 })
  })

  test('name their node by another id after each start', async () => {
    const [one, other] = [open().start(), open().start()]
    const id = async ({ memberships }: typeof one) => (await memberships.stats()).nodes[0]?.id
    expect(await id(one)).not.toBe(await id(other))
  })

  test('look up whom they have never seen as absent', async () => {
    expect(await lookUp(open().start(), 'nobody')).toEqual({ isMember: false, connections: 0 })
  })

  test('let everybody go when the last node closes', async () => {
    const node = open().start()
    await node.enter('laptop', 'ada')
    await node.enter('phone', 'bob')
    await node.leave('phone', 'bob')
    toldOf(node)
    await node.memberships.close()
    const told = toldOf(node).map(({ member, isMember }) => [member, isMember])
    expect(told.sort()).toEqual([
      ['ada', false],
      ['bob', false],
    ])
  })

  test('keep nobody for longer when the clock is set back', async () => {
    const nodes = open()
    const node = nodes.start()
    await node.enter('laptop', 'ada')
    await node.leave('laptop', 'ada')
    toldOf(node)
    await nodes.pass(-3_600_000)
    expect(await swept(node)).toMatchObject([{ member: 'ada', isMember: false }])
  })
})
