import { describe, expect, test } from 'vitest'
import type { Actor } from '../../src/auth/viewer.ts'
import type { HowLeft } from '../../src/membership/memberships.ts'
import { LEASE_MS, type MemberNode, TICKET_GRACE_MS, toldOf, useMemberships } from '../support/memberships.ts'

function actor(id: string, role: Actor['role'] = 'CUSTOMER'): Actor {
  return { id, name: id, role, avatarUrl: null }
}

const [ann, bob] = [actor('ann'), actor('bob')]

function join({ tickets }: MemberNode, room: string, user: Actor, id: string): Promise<void> {
  return tickets.enter({ room, member: user.id, id, value: user })
}

function leave({ tickets }: MemberNode, room: string, user: Actor, id: string, ending: HowLeft): Promise<void> {
  return tickets.leave({ room, member: user.id, id }, ending)
}

function changes(...nodes: readonly MemberNode[]): readonly string[] {
  return nodes.flatMap(toldOf).map(({ member, isMember, room, named }) => {
    const ids = named.map((value) => (value as Actor).id)
    return `${member} ${isMember ? 'JOINED' : 'LEFT'} ${room}: ${ids}`
  })
}

const implementations = useMemberships()

describe.each(implementations)('named members %s', (_, open) => {
  /** Lets time pass, and whoever is due go. */
  const openOne = () => {
    const nodes = open()
    const node = nodes.start()
    const pass = async (ms: number): Promise<void> => {
      await nodes.pass(ms)
      await node.memberships.sweep()
    }
    return { node, pass }
  }

  test('stay for the grace after a connection was lost, and nothing is told when they come back in it', async () => {
    const { node, pass } = openOne()
    await join(node, '1', ann, 'a1')
    await join(node, '1', bob, 'b1')
    await leave(node, '1', ann, 'a1', 'lost')
    await pass(TICKET_GRACE_MS - 1)
    expect(await node.tickets.named('1')).toEqual([ann, bob])
    await join(node, '1', ann, 'a2')
    await pass(TICKET_GRACE_MS)
    expect(changes(node)).toEqual(['ann JOINED 1: ann', 'bob JOINED 1: ann,bob'])
    await leave(node, '1', ann, 'a2', 'lost')
    await pass(TICKET_GRACE_MS - 1)
    expect(changes(node)).toEqual([])
    await pass(1)
    expect(changes(node)).toEqual(['ann LEFT 1: bob'])
    expect(await node.tickets.named('1')).toEqual([bob])
    await join(node, '1', ann, 'a3')
    expect(changes(node)).toEqual(['ann JOINED 1: bob,ann'])
  })

  test('who want to leave go at once, also after another connection was lost', async () => {
    const { node, pass } = openOne()
    await join(node, '1', ann, 'a1')
    await join(node, '1', ann, 'a2')
    await leave(node, '1', ann, 'a1', 'lost')
    await leave(node, '1', ann, 'a2', 'left')
    expect(changes(node)).toEqual(['ann JOINED 1: ann', 'ann LEFT 1: '])
    await pass(TICKET_GRACE_MS)
    expect(changes(node)).toEqual([])
  })

  test('are known in the order they came, and told of once', async () => {
    const { node } = openOne()
    await join(node, '1', bob, 'b1')
    await join(node, '1', ann, 'a1')
    await join(node, '1', ann, 'a1')
    await join(node, '1', ann, 'a2')
    expect(await node.tickets.named('1')).toEqual([bob, ann])
    await leave(node, '1', ann, 'a1', 'left')
    await leave(node, '1', ann, 'unknown', 'left')
    await leave(node, 'empty', ann, 'a2', 'left')
    await leave(node, '1', bob, 'b1', 'left')
    await leave(node, '1', bob, 'b1', 'left')
    await leave(node, '1', ann, 'a2', 'left')
    expect(await node.tickets.named('1')).toEqual([])
    const told = ['bob JOINED 1: bob', 'ann JOINED 1: bob,ann', 'bob LEFT 1: ann', 'ann LEFT 1: ']
    expect(changes(node)).toEqual(told)
  })

  test('are of one room, and of one kind', async () => {
    const { node } = openOne()
    await join(node, '1', ann, 'a1')
    await join(node, '2', bob, 'b1')
    await node.enter('b1', 'cid')
    expect(await node.tickets.named('1')).toEqual([ann])
    expect(await node.tickets.named('3')).toEqual([])
    const found = await node.tickets.lookUp('1', ['ann', 'bob', 'cid'])
    expect([...found].map(([id, { isMember }]) => [id, isMember])).toEqual([
      ['ann', true],
      ['bob', false],
      ['cid', false],
    ])
    expect((await node.memberships.stats()).members).toEqual({ online: 1, ticket: 2 })
  })

  test('are the first customers and the first of the staff, however many are there', async () => {
    const { node } = openOne()
    const customers = ['c1', 'c2', 'c3', 'c4', 'c5'].map((id) => actor(id))
    const staff = ['s1', 's2', 's3', 's4'].map((id) => actor(id, 'AGENT'))
    for (const user of [...customers, ...staff]) await join(node, '1', user, user.id)
    expect((await node.tickets.named('1')).map(({ id }) => id)).toEqual(['c1', 'c2', 'c3', 's1', 's2', 's3'])
    changes(node)
    await leave(node, '1', actor('c2'), 'c2', 'left')
    await leave(node, '1', actor('c5'), 'c5', 'left')
    await leave(node, '1', actor('s1', 'AGENT'), 's1', 'left')
    expect(changes(node)).toEqual([
      'c2 LEFT 1: c1,c3,c4,s1,s2,s3',
      'c5 LEFT 1: c1,c3,c4,s1,s2,s3',
      's1 LEFT 1: c1,c3,c4,s2,s3,s4',
    ])
  })

  test('keep any id and any name apart', async () => {
    const { node } = openOne()
    const odd = ['a:b', 'a', '["a"]', 'ä\\"\u{1F600}', '1'].map((id) => actor(id))
    for (const user of odd) for (const room of ['1', '1:2']) await join(node, room, user, `${room} ${user.id}`)
    expect(await node.tickets.named('1')).toEqual(odd.slice(0, 3))
    for (const user of odd) await leave(node, '1', user, `1 ${user.id}`, 'left')
    expect(await node.tickets.named('1')).toEqual([])
    expect(
      [
        ...(
          await node.tickets.lookUp(
            '1:2',
            odd.map(({ id }) => id),
          )
        ).values(),
      ].every(({ isMember }) => isMember),
    ).toBe(true)
  })
})

const forManyNodes = implementations.filter(([name]) => name !== 'in memory')

describe.each(forManyNodes)('named members %s of several nodes', (_, open) => {
  test('have numbered changes, on whichever node they are received', async () => {
    const nodes = open()
    const [one, other] = [nodes.start(), nodes.start()]
    await join(one, '1', ann, 'a1')
    await join(other, '1', bob, 'b1')
    const versions = [...toldOf(one), ...toldOf(other)].map(({ version }) => version)
    await leave(one, '1', ann, 'a1', 'left')
    versions.push(...toldOf(one).map(({ version }) => version))
    expect(versions).toHaveLength(3)
    expect([...new Set(versions)].sort((a, b) => a - b)).toEqual(versions)
  })

  test('are counted once who are there on two nodes', async () => {
    const nodes = open()
    const [one, other] = [nodes.start(), nodes.start()]
    await join(one, '1', ann, 'a1')
    await join(other, '1', ann, 'a2')
    expect(await one.tickets.named('1')).toEqual([ann])
    await leave(one, '1', ann, 'a1', 'left')
    expect(await one.tickets.named('1')).toEqual([ann])
    await leave(other, '1', ann, 'a2', 'left')
    expect(changes(one, other)).toEqual(['ann JOINED 1: ann', 'ann LEFT 1: '])
  })

  test('have not gone when a reload ends on another node', async () => {
    const nodes = open()
    const [one, other] = [nodes.start(), nodes.start()]
    await join(one, '1', ann, 'a1')
    await leave(one, '1', ann, 'a1', 'lost')
    await nodes.pass(TICKET_GRACE_MS - 1)
    await join(other, '1', ann, 'a2')
    await nodes.pass(TICKET_GRACE_MS)
    await Promise.all([one.memberships.sweep(), other.memberships.sweep()])
    expect(await one.tickets.named('1')).toEqual([ann])
    expect(changes(one, other)).toEqual(['ann JOINED 1: ann'])
  })

  test('who were on a node that was closed are told of by another one', async () => {
    const nodes = open()
    const [closes, stays] = [nodes.start(), nodes.start()]
    // Known to the others before the first one looks who else is there.
    await stays.memberships.sweep()
    await join(closes, '1', ann, 'a1')
    await closes.memberships.close()
    expect(changes(closes)).toEqual(['ann JOINED 1: ann'])
    await nodes.pass(TICKET_GRACE_MS)
    await stays.memberships.sweep()
    expect(changes(stays)).toEqual(['ann LEFT 1: '])
  })

  test('who were on a node that died have gone, and each is told of once', async () => {
    const nodes = open()
    const [dies, lives, third] = [nodes.start(), nodes.start(), nodes.start()]
    await join(dies, '1', ann, 'a1')
    await join(dies, '1', bob, 'b1')
    await join(lives, '1', bob, 'b2')
    await nodes.pass(LEASE_MS)
    await Promise.all([lives.memberships.sweep(), third.memberships.sweep()])
    expect(changes(lives, third)).toEqual([])
    await nodes.pass(TICKET_GRACE_MS)
    await Promise.all([lives.memberships.sweep(), third.memberships.sweep()])
    expect(await third.tickets.named('1')).toEqual([bob])
    expect(changes(lives, third)).toEqual(['ann LEFT 1: bob'])
  })
})
