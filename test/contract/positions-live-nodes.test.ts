import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { lastsWhileHeld } from '../../src/delivery/position-home.ts'
import { SILENT_MS } from '../../src/delivery/position-places.ts'
import type { HeldPosition, PositionKey, Positions } from '../../src/delivery/positions.ts'
import { lane, newKey, openRedisNodes, startOf, TTL_MS } from '../support/positions.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()

/** Some nodes, and a key that nobody has yet. */
const openScene = async (count: number) => {
  const nodes = openRedisNodes()
  const all: Positions[] = []
  const kills: (() => void)[] = []
  for (let node = 0; node < count; node += 1) {
    const { positions, kill } = await nodes.start()
    all.push(positions)
    kills.push(kill)
  }
  const sockets: (readonly [Positions, HeldPosition])[] = []
  return {
    nodes: all,
    /** Ends a node; nobody hears of it any more. */
    kill: (node: number): void => kills[node]!(),
    key: newKey(),
    /** A client comes; its socket lives until the test says otherwise. */
    come: async (positions: Positions, key: PositionKey, revision: number): Promise<HeldPosition> => {
      const held = await positions.begin(key, lane(revision))
      sockets.push([positions, held])
      return held
    },
    /** Lets a client fall silent, whatever its node believes. */
    silence: (held: HeldPosition): void => {
      sockets.splice(
        sockets.findIndex(([, one]) => one === held),
        1,
      )
    },
    /** Lets time pass, in which those give a sign of life that are asked for one. */
    pass: async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        await nodes.pass(1_000)
        for (const [positions, held] of sockets) if (!held.isProven) positions.hear(held)
      }
    },
    prefix: nodes.prefix,
    wait: nodes.wait,
  }
}

test.each([
  ['first', 0, 0],
  ['first, and comes to the other node', 0, 1],
  ['second', 1, 1],
  ['second, and comes to the other node', 1, 0],
])('of two clients on two nodes, the %s misses nothing when it is cut', async (_, cut, back) => {
  const { nodes, key, come, pass, silence } = await openScene(2)
  const held = [await come(nodes[0]!, key, 3), await come(nodes[1]!, key, 3)] as const
  await pass(5_000)
  for (const [index, positions] of nodes.entries()) positions.acknowledge(held[index]!, 5)
  silence(held[cut]!)
  nodes[cut]!.release(held[cut]!)
  nodes[1 - cut]!.acknowledge(held[1 - cut]!, 9)
  await pass(5_000)
  const again = await come(nodes[back]!, key, 9)
  expect(again.start).toEqual({ revision: 5, isExpired: false })
  nodes[back]!.acknowledge(again, 9)
  await pass(5_000)
  // Once nobody else can come back, nothing comes again.
  await pass(lastsWhileHeld(TTL_MS))
  silence(again)
  nodes[back]!.release(again)
  await pass(1_000)
  expect(await startOf(nodes[1]!, key, lane(9))).toEqual({ revision: 9, isExpired: false })
})

test('of two clients on two nodes, the first misses nothing when it is cut before its node knows of the second', async () => {
  const { nodes, key, come, pass } = await openScene(2)
  const [one, two] = nodes as [Positions, Positions]
  const first = await come(one, key, 3)
  const second = await come(two, key, 3)
  one.release(first)
  two.acknowledge(second, 9)
  await pass(5_000)
  expect(await startOf(two, key, lane(9))).toEqual({ revision: 3, isExpired: false })
})

test('of two clients on two nodes, each goes on when its node is never heard of again', async () => {
  const { nodes, key, come, pass, silence, kill } = await openScene(3)
  const [one, two, three] = nodes as [Positions, Positions, Positions]
  const first = await come(one, key, 3)
  const second = await come(two, key, 3)
  await pass(5_000)
  silence(first)
  kill(0)
  two.acknowledge(second, 9)
  await pass(30_000)
  const again = await come(two, key, 9)
  expect(again.start).toEqual({ revision: 3, isExpired: false })
  two.acknowledge(again, 9)
  await pass(5_000)
  two.acknowledge(second, 12)
  two.acknowledge(again, 10)
  await pass(1_000)
  silence(second)
  silence(again)
  kill(1)
  const third = await come(three, key, 15)
  expect(third.start).toEqual({ revision: 3, isExpired: false })
  three.acknowledge(third, 15)
  await pass(5_000)
  // The other one is slow to come back, and the first is given up.
  await pass(lastsWhileHeld(TTL_MS) - 20_000)
  const last = await come(three, key, 15)
  expect(last.start).toEqual({ revision: 10, isExpired: false })
})

test('an older socket on another node that is half open holds nothing back for longer than a few seconds', async () => {
  const { nodes, key, come, pass, silence } = await openScene(3)
  const [one, two, three] = nodes as [Positions, Positions, Positions]
  const halfOpen = await come(one, key, 3)
  one.acknowledge(halfOpen, 4)
  await pass(2_000)
  silence(halfOpen)
  const held = await come(two, key, 6)
  expect(held.start.revision).toBe(4)
  two.acknowledge(held, 9)
  await pass(SILENT_MS + 1_000)
  two.release(held)
  await pass(1_000)
  silence(held)
  const again = await come(three, key, 9)
  expect(again.start).toEqual({ revision: 9, isExpired: false })
  three.acknowledge(again, 12)
  // It is found dead now.
  one.release(halfOpen, true)
  await pass(5_000)
  expect(await startOf(three, key, lane(12))).toEqual({ revision: 12, isExpired: false })
})

test('a client that was taken for silent counts again once it is heard of', async () => {
  const { nodes, key, come, pass, silence } = await openScene(2)
  const [one, two] = nodes as [Positions, Positions]
  const slow = await come(one, key, 3)
  silence(slow)
  const held = await come(two, key, 6)
  two.acknowledge(held, 9)
  await pass(SILENT_MS + 1_000)
  const again = await come(two, key, 9)
  two.acknowledge(again, 9)
  one.hear(slow)
  await pass(1_000)
  one.release(slow)
  await pass(1_000)
  expect(await startOf(two, key, lane(9))).toEqual({ revision: 3, isExpired: false })
})

test('a client that goes from node to node, as they are drained, repeats nothing', async () => {
  const { nodes, key, come, pass, silence } = await openScene(4)
  let at = 3
  for (const positions of nodes) {
    const held = await come(positions, key, at)
    expect(held.start).toEqual({ revision: at, isExpired: false })
    at += 4
    positions.acknowledge(held, at)
    await pass(1_000)
    silence(held)
    positions.release(held)
    await positions.close()
  }
})

test('a node that tells only later that its client had gone before does not hold it back', async () => {
  const { nodes, key, come, pass, silence, wait } = await openScene(3)
  const [one, two, three] = nodes as [Positions, Positions, Positions]
  const old = await come(one, key, 3)
  one.acknowledge(old, 5)
  await one.store()
  silence(old)
  one.release(old)
  // A moment later, and before the first node has told it.
  wait(10)
  const held = await come(two, key, 5)
  expect(held.start.revision).toBe(5)
  two.acknowledge(held, 9)
  await pass(5_000)
  silence(held)
  two.release(held)
  await pass(1_000)
  expect(await startOf(three, key, lane(9))).toEqual({ revision: 9, isExpired: false })
})

test('a subscription that is over on one node goes on on the other', async () => {
  const { nodes, key, come, pass, silence } = await openScene(3)
  const [one, two, three] = nodes as [Positions, Positions, Positions]
  for (const over of [0, 1]) {
    const own = newKey()
    const held = [await come(one, own, 3), await come(two, own, 3)] as const
    await pass(5_000)
    silence(held[over]!)
    nodes[over]!.acknowledge(held[over]!, 9)
    nodes[over]!.forget(held[over]!)
    await pass(1_000)
    silence(held[1 - over]!)
    nodes[1 - over]!.release(held[1 - over]!)
    await pass(1_000)
    expect(await startOf(three, own, lane(9))).toEqual({ revision: 3, isExpired: false })
  }
  const gone = await come(one, key, 3)
  one.forget(gone)
  await pass(1_000)
  expect(await startOf(two, key, lane(9))).toEqual({ revision: 9, isExpired: false })
})

test('whoever has gone keeps the place until its time is over, also when its node has stopped', async () => {
  const { nodes, key, come, pass, silence } = await openScene(2)
  const [one, two] = nodes as [Positions, Positions]
  const first = await come(one, key, 3)
  const second = await come(two, key, 3)
  await pass(5_000)
  silence(first)
  one.release(first)
  await one.close()
  two.acknowledge(second, 9)
  await pass(TTL_MS - 10_000)
  two.acknowledge(second, 12)
  await pass(1_000)
  expect(await startOf(two, key, lane(12))).toEqual({ revision: 3, isExpired: false })
})

test('positions that earlier versions stored go on, of one client and of several', async () => {
  const { nodes, key, prefix } = await openScene(1)
  const [positions] = nodes as [Positions]
  const admin = new Redis(redis.url())
  onTestFinished(() => admin.disconnect())
  const several = newKey()
  const until = Date.UTC(2026, 0, 1) + TTL_MS
  const hash = `${prefix}{positions}:of:ada`
  await admin.hset(hash, key.hash, `${until} 5 first`, several.hash, `${until} 5?*2 first `)
  expect(await startOf(positions, key, lane(9))).toEqual({ revision: 5, isExpired: false })
  const held = await positions.begin(several, lane(9))
  expect(held.start).toEqual({ revision: 5, isExpired: false })
  positions.acknowledge(held, 9)
  expect(await startOf(positions, several, lane(9))).toEqual({ revision: 5, isExpired: false })
})
