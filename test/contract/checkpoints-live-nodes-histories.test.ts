import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SILENT_MS } from '../../src/resume/checkpoint.ts'
import { lastsWhileHeld } from '../../src/resume/checkpoint-store.ts'
import type { Checkpoints } from '../../src/resume/checkpoints.ts'
import type { HeldCheckpoint } from '../../src/resume/clients.ts'
import { type CheckpointNodes, head as headAt, newKey, openCheckpointNodes, TTL_MS } from '../support/checkpoints.ts'
import { tryHistories } from '../support/histories.ts'
import { openStorage } from '../support/storage.ts'

const NODES = 3

interface Node {
  readonly checkpoints: Checkpoints
  readonly kill: () => void
}

interface Socket {
  readonly node: Node
  readonly held: HeldCheckpoint
  /** Its client answers. */
  isLive: boolean
}

/** What a client itself knows. */
interface Client {
  /** What it has got and acknowledged; undefined until it came first. */
  has: number | undefined
  socket: Socket | undefined
}

/** Clients under one key on several nodes. Each step is one thing that happens; what cannot happen then does nothing. */
async function openWorld(cluster: CheckpointNodes, count: number) {
  const key = newKey(randomUUID())
  const nodes: Node[] = []
  for (let node = 0; node < NODES; node += 1) nodes.push(await cluster.start())
  const clients: Client[] = Array.from({ length: count }, () => ({ has: undefined, socket: undefined }))
  let sockets: Socket[] = []
  let head = 1

  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      await cluster.pass(1_000)
      for (const { node, held, isLive } of sockets) if (isLive && !held.isProven) node.checkpoints.markAlive(held)
    }
  }
  const close = (socket: Socket, isDead: boolean): void => {
    sockets = sockets.filter((one) => one !== socket)
    socket.node.checkpoints.release(socket.held, isDead)
  }
  /** The client has lost its socket; `how` says what the node sees of that. */
  const cut = (client: Client, how: 'closed' | 'half open'): void => {
    const { socket } = client
    client.socket = undefined
    if (!socket) return
    // Nobody comes back in the same millisecond.
    cluster.wait(1)
    socket.isLive = false
    if (how === 'closed') close(socket, false)
    cluster.wait(1)
  }
  const come = async (client: Client, at: number): Promise<void> => {
    if (client.socket) return
    const { has } = client
    // A further client is told from one that comes back only while all others are there.
    if (has === undefined && clients.some((one) => one.has !== undefined && !one.socket)) return
    const node = nodes[at]!
    const held = await node.checkpoints.begin(key, headAt(head))
    expect(held.start.isExpired).toBe(false)
    if (has !== undefined) expect(held.start.revision).toBeLessThanOrEqual(has)
    client.has = has ?? held.start.revision
    client.socket = { node, held, isLive: true }
    sockets.push(client.socket)
    if (has === undefined) await pass(3)
  }
  const acknowledge = (client: Client): void => {
    if (!client.socket) return
    client.has = head
    client.socket.node.checkpoints.acknowledge(client.socket.held, head)
    client.socket.node.checkpoints.markAlive(client.socket.held)
  }
  /** Until those who have gone are forgotten; the older sockets of a single client are so after a few seconds. */
  const rest = async (): Promise<void> => {
    if (count === 1) return pass(SILENT_MS / 1_000 + 2)
    for (let passed = 0; passed <= lastsWhileHeld(TTL_MS); passed += TTL_MS / 2) {
      cluster.wait(TTL_MS / 2 - 1_000)
      await pass(1)
    }
  }
  const leave = (at: number): void => {
    const node = nodes[at]!
    for (const client of clients) if (client.socket?.node === node) cut(client, 'half open')
    sockets = sockets.filter((socket) => socket.node !== node)
  }
  return {
    clients,
    come,
    cut,
    acknowledge,
    pass,
    happen: () => {
      head += 1
    },
    findDead: () => {
      for (const socket of sockets) if (!socket.isLive) close(socket, true)
    },
    kill: async (at: number): Promise<void> => {
      leave(at)
      nodes[at]!.kill()
      nodes[at] = await cluster.start()
    },
    /** Once everybody is back and those who have gone are forgotten, nothing comes again to whoever is cut. */
    settle: async (): Promise<void> => {
      for (const one of clients) if (one.has !== undefined) await come(one, 0)
      for (const socket of sockets) if (!socket.isLive) close(socket, true)
      await rest()
      for (const one of clients) acknowledge(one)
      await pass(2)
      for (const one of clients) {
        if (one.has === undefined) continue
        cut(one, 'closed')
        await pass(1)
        const [{ checkpoints }] = nodes as [Node]
        const held = await checkpoints.begin(key, headAt(head))
        expect(held.start).toEqual({ revision: head, isExpired: false })
        one.socket = { node: nodes[0]!, held, isLive: true }
        sockets.push(one.socket)
      }
    },
    close: async (): Promise<void> => {
      for (const { checkpoints, kill } of nodes) {
        await checkpoints.close()
        kill()
      }
    },
    drain: async (at: number): Promise<void> => {
      const node = nodes[at]!
      await node.checkpoints.store()
      for (const client of clients) if (client.socket?.node === node) cut(client, 'closed')
      leave(at)
      await node.checkpoints.close()
      node.kill()
      nodes[at] = await cluster.start()
    },
  }
}

const node = fc.nat(NODES - 1)

function stepOf(client: fc.Arbitrary<number>) {
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ does: fc.constant('come' as const), client, node }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('close' as const), client }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('half-open' as const), client }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('acknowledge' as const), client }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('happen' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ does: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 5 }) }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('find-dead' as const) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('kill' as const), node }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('drain' as const), node }) },
  )
}

test.each([
  [1, 'the client of a subscription and to its nodes, it misses nothing, and is not held back for long'],
  [3, 'clients under one key and to their nodes, none of them misses anything'],
])('with %i, whatever happens to %s', { timeout: 60 * 60_000 }, async (count) => {
  const storage = await openStorage()
  const cluster = openCheckpointNodes(async () => storage)
  const property = fc.asyncProperty(
    fc.array(stepOf(fc.nat(count - 1)), { minLength: 5, maxLength: 30 }),
    async (steps) => {
      const world = await openWorld(cluster, count)
      try {
        // Otherwise most histories would be of one client.
        for (const [at, one] of world.clients.slice(0, 2).entries()) await world.come(one, at)
        for (const one of steps) {
          if (one.does === 'come') await world.come(world.clients[one.client]!, one.node)
          else if (one.does === 'close') world.cut(world.clients[one.client]!, 'closed')
          else if (one.does === 'half-open') world.cut(world.clients[one.client]!, 'half open')
          else if (one.does === 'acknowledge') world.acknowledge(world.clients[one.client]!)
          else if (one.does === 'happen') world.happen()
          else if (one.does === 'pass') await world.pass(one.seconds)
          else if (one.does === 'find-dead') world.findDead()
          else if (one.does === 'kill') await world.kill(one.node)
          else await world.drain(one.node)
        }
        await world.settle()
      } finally {
        await world.close()
      }
    },
  )
  await tryHistories(property, 100)
})
