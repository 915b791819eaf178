import { describe, expect, test } from 'vitest'
import { lookUp, started, swept, usePresenceLeases } from '../support/presence-leases.ts'

const forManyNodes = usePresenceLeases().filter(([, open]) => open().kill !== undefined)

describe.each(forManyNodes)('presence leases %s of several nodes', (_, open) => {
  test('keep a user online who has moved to another node', async () => {
    const nodes = open()
    const [one, other] = [started(nodes), started(nodes)]
    await one.enter('laptop', 'ada')
    expect(await other.enter('phone', 'ada')).toBeUndefined()
    await one.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs)
    expect([...(await swept(one)), ...(await swept(other))]).toEqual([])
    expect(await lookUp(one, 'ada')).toEqual({ isOnline: true, connections: 1 })
    expect(await one.stats()).toMatchObject({ connections: 1, users: 1 })
    expect((await one.stats()).nodes).toHaveLength(2)
  })

  test('hand over each user to exactly one node, when all sweep at once', async () => {
    const nodes = open()
    const all = [started(nodes), started(nodes), started(nodes)]
    const users = Array.from({ length: 50 }, (_, index) => `user-${index}`)
    for (const [index, user] of users.entries()) {
      await all[index % 3]!.enter(user, user)
      await all[index % 3]!.leave(user, user)
    }
    await nodes.pass(nodes.graceMs)
    const told = (await Promise.all([...all, ...all].map(swept))).flat()
    expect(told.map(({ userId }) => userId).sort()).toEqual(users.sort())
  })

  test('hand over the users of a node that died, but not those who have another device elsewhere', async () => {
    const nodes = open()
    const [dies, lives] = [started(nodes), started(nodes)]
    await dies.enter('laptop', 'ada')
    await dies.enter('desktop', 'bob')
    await lives.enter('phone', 'bob')
    await nodes.kill!(dies)
    // The first sweep finds the dead node, and the grace of its users begins at the latest then.
    const told = [...(await swept(lives))]
    await nodes.pass(nodes.graceMs)
    told.push(...(await swept(lives)))
    expect(told).toMatchObject([{ userId: 'ada', isOnline: false }])
    expect(await lookUp(lives, 'bob')).toEqual({ isOnline: true, connections: 1 })
    expect((await lives.stats()).nodes).toHaveLength(1)
  })
})
