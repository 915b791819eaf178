import { describe, expect, test } from 'vitest'
import { GRACE_MS, LEASE_MS, lookUp, onlineStats, swept, toldOf, useMemberships } from '../support/memberships.ts'

const forManyNodes = useMemberships().filter(([name]) => name !== 'in memory')

describe.each(forManyNodes)('memberships %s of several nodes', (_, open) => {
  test('keep a member who has moved to another node', async () => {
    const nodes = open()
    const [one, other] = [nodes.start(), nodes.start()]
    await one.enter('laptop', 'ada')
    toldOf(one)
    await other.enter('phone', 'ada')
    await one.leave('laptop', 'ada')
    await nodes.pass(GRACE_MS)
    expect([...(await swept(one)), ...(await swept(other))]).toEqual([])
    expect(await lookUp(one, 'ada')).toEqual({ isMember: true, connections: 1 })
    expect(await onlineStats(one)).toEqual({ connections: 1, users: 1, nodes: 2 })
  })

  test('tell of each member on exactly one node, when all sweep at once', async () => {
    const nodes = open()
    const all = [nodes.start(), nodes.start(), nodes.start()]
    const users = Array.from({ length: 50 }, (_, index) => `user-${index}`)
    for (const [index, user] of users.entries()) {
      await all[index % 3]!.enter(user, user)
      await all[index % 3]!.leave(user, user)
    }
    await nodes.pass(GRACE_MS)
    for (const node of all) toldOf(node)
    await Promise.all([...all, ...all].map(({ memberships }) => memberships.sweep()))
    const told = all.flatMap(toldOf)
    expect(told.map(({ member }) => member).sort()).toEqual(users.sort())
  })

  test('tell of the members of a node that died, but not of those who have another device elsewhere', async () => {
    const nodes = open()
    const [dies, lives] = [nodes.start(), nodes.start()]
    await dies.enter('laptop', 'ada')
    await dies.enter('desktop', 'bob')
    await lives.enter('phone', 'bob')
    await nodes.pass(LEASE_MS)
    // The first sweep finds the dead node, and the grace of its members begins at the latest then.
    const told = [...(await swept(lives))]
    await nodes.pass(GRACE_MS)
    told.push(...(await swept(lives)))
    expect(told).toMatchObject([{ member: 'ada', isMember: false }])
    expect(await lookUp(lives, 'bob')).toEqual({ isMember: true, connections: 1 })
    expect(await onlineStats(lives)).toMatchObject({ nodes: 1 })
  })
})
