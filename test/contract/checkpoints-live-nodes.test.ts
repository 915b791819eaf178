import { expect, test } from 'vitest'
import { SILENT_MS } from '../../src/resume/checkpoint.ts'
import type { CheckpointKey } from '../../src/resume/checkpoint-key.ts'
import { lastsWhileHeld } from '../../src/resume/checkpoint-store.ts'
import type { Checkpoints } from '../../src/resume/checkpoints.ts'
import type { HeldCheckpoint } from '../../src/resume/clients.ts'
import { head, newKey, openCheckpointNodes, startOf, TTL_MS } from '../support/checkpoints.ts'

/** Some nodes, and a key that nobody has yet. */
async function openScene(count: number) {
  const nodes = openCheckpointNodes()
  const all: Checkpoints[] = []
  const kills: (() => void)[] = []
  for (let node = 0; node < count; node += 1) {
    const { checkpoints, kill } = await nodes.start()
    all.push(checkpoints)
    kills.push(kill)
  }
  const sockets: (readonly [Checkpoints, HeldCheckpoint])[] = []
  return {
    nodes: all,
    /** Ends a node; nobody receives of it any more. */
    kill: (node: number): void => kills[node]!(),
    key: newKey(),
    /** A client comes; its socket lives until the test says otherwise. */
    come: async (checkpoints: Checkpoints, key: CheckpointKey, revision: number): Promise<HeldCheckpoint> => {
      const held = await checkpoints.begin(key, head(revision))
      sockets.push([checkpoints, held])
      return held
    },
    /** Lets a client fall silent, whatever its node believes. */
    silence: (held: HeldCheckpoint): void => {
      sockets.splice(
        sockets.findIndex(([, one]) => one === held),
        1,
      )
    },
    /** Lets time pass, in which those give a sign of life that are asked for one. */
    pass: async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        await nodes.pass(1_000)
        for (const [checkpoints, held] of sockets) if (!held.isProven) checkpoints.markAlive(held)
      }
    },
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
  for (const [index, checkpoints] of nodes.entries()) checkpoints.acknowledge(held[index]!, 5)
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
  expect(await startOf(nodes[1]!, key, head(9))).toEqual({ revision: 9, isExpired: false })
})

test('of two clients on two nodes, the first misses nothing when it is cut before its node knows of the second', async () => {
  const { nodes, key, come, pass } = await openScene(2)
  const [one, two] = nodes as [Checkpoints, Checkpoints]
  const first = await come(one, key, 3)
  const second = await come(two, key, 3)
  one.release(first)
  two.acknowledge(second, 9)
  await pass(5_000)
  expect(await startOf(two, key, head(9))).toEqual({ revision: 3, isExpired: false })
})

test('of two clients on two nodes, each goes on when its node is never received of again', async () => {
  const { nodes, key, come, pass, silence, kill } = await openScene(3)
  const [one, two, three] = nodes as [Checkpoints, Checkpoints, Checkpoints]
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
  const [one, two, three] = nodes as [Checkpoints, Checkpoints, Checkpoints]
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
  expect(await startOf(three, key, head(12))).toEqual({ revision: 12, isExpired: false })
})

test('a client that was taken for silent counts again once it is received of', async () => {
  const { nodes, key, come, pass, silence } = await openScene(2)
  const [one, two] = nodes as [Checkpoints, Checkpoints]
  const slow = await come(one, key, 3)
  silence(slow)
  const held = await come(two, key, 6)
  two.acknowledge(held, 9)
  await pass(SILENT_MS + 1_000)
  const again = await come(two, key, 9)
  two.acknowledge(again, 9)
  one.markAlive(slow)
  await pass(1_000)
  one.release(slow)
  await pass(1_000)
  expect(await startOf(two, key, head(9))).toEqual({ revision: 3, isExpired: false })
})

test('a client that goes from node to node, as they are drained, repeats nothing', async () => {
  const { nodes, key, come, pass, silence } = await openScene(4)
  let at = 3
  for (const checkpoints of nodes) {
    const held = await come(checkpoints, key, at)
    expect(held.start).toEqual({ revision: at, isExpired: false })
    at += 4
    checkpoints.acknowledge(held, at)
    await pass(1_000)
    silence(held)
    checkpoints.release(held)
    await checkpoints.close()
  }
})

test('a node that tells only later that its client had gone before does not hold it back', async () => {
  const { nodes, key, come, pass, silence, wait } = await openScene(3)
  const [one, two, three] = nodes as [Checkpoints, Checkpoints, Checkpoints]
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
  expect(await startOf(three, key, head(9))).toEqual({ revision: 9, isExpired: false })
})

test('a subscription that is over on one node goes on on the other', async () => {
  const { nodes, key, come, pass, silence } = await openScene(3)
  const [one, two, three] = nodes as [Checkpoints, Checkpoints, Checkpoints]
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
    expect(await startOf(three, own, head(9))).toEqual({ revision: 3, isExpired: false })
  }
  const gone = await come(one, key, 3)
  one.forget(gone)
  await pass(1_000)
  expect(await startOf(two, key, head(9))).toEqual({ revision: 9, isExpired: false })
})

test('whoever has gone keeps the place until its time is over, also when its node has stopped', async () => {
  const { nodes, key, come, pass, silence } = await openScene(2)
  const [one, two] = nodes as [Checkpoints, Checkpoints]
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
  expect(await startOf(two, key, head(12))).toEqual({ revision: 3, isExpired: false })
})
