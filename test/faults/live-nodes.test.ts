import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SILENT_MS } from '../../src/resume/checkpoint.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import { signTestToken, startTestApp, type TestApp } from '../support/app.ts'
import { NOTIFY, nodeEnvironment, until } from '../support/nodes.ts'
import { post, startProcess } from '../support/process.ts'
import { openProxy } from '../support/proxy.ts'
import type { RawSocket } from '../support/raw-socket.ts'
import { useRedis } from '../support/redis.ts'
import { ADDED, connect, drop, expectNext, nextMessage, settle } from '../support/resume.ts'

const redis = useRedis()

type Node = TestApp

/** What nodes share: a database, a Redis, and how far alice's subscription got. */
function openCluster() {
  const env = nodeEnvironment(redis.url())
  /** What is stored of each node that has had it. */
  const rows = async () => {
    const storage = await openSqliteStorage({ file: join(env.DATA_DIR, 'herald.db') })
    const all = await storage.readOne((db) =>
      db.selectFrom('checkpoints').selectAll().where('user_id', '=', 'alice').execute(),
    )
    await storage.close()
    return all
  }
  return {
    env,
    id: randomUUID(),
    notify: async (node: Pick<Node, 'url'>, title: string): Promise<void> => {
      await post(node.url, await signTestToken('shop', 'backend'), NOTIFY.replace('"Hi"', `"${title}"`), {
        to: 'alice',
      })
    },
    /** Resolves when it is stored that a client has acknowledged so many. */
    acknowledged: (revision: number) => until(async () => (await rows()).some((row) => row.revision === revision)),
    /** Resolves when no client that is doubted was received of for so long that its socket can be taken for an older one. */
    isSilent: () =>
      until(async () => {
        const doubted = (await rows()).filter((row) => row.doubted_at > 0)
        const last = Math.max(...doubted.flatMap((row) => [row.alive_at, row.doubted_at]))
        return Date.now() > last + SILENT_MS + 1
      }),
    /** Resolves when another node has said that its client is there, too. */
    isProven: () =>
      until(async () => (await rows()).some((row) => row.doubted_at > 0 && row.alive_at > row.doubted_at)),
  }
}

/** A client that follows its notifications under an id, and answers whenever it is asked what it has got. */
async function come(app: Node, id: string): Promise<RawSocket> {
  const socket = await connect({ app })
  const answer = ({ type, payload }: { type: string; payload?: unknown }): void => {
    if (type === 'ping') socket.send({ type: 'pong', payload })
  }
  socket.ws.on('message', (data) => answer(JSON.parse(String(data))))
  socket.subscribe(id, ADDED)
  return socket
}

/** `come`, when the subscription has begun. */
async function begin(app: Node, id: string): Promise<RawSocket> {
  const socket = await come(app, id)
  await settle(socket)
  return socket
}

test.each([
  ['first', 'its own node', 0, 0],
  ['first', 'the other node', 0, 1],
  ['second', 'its own node', 1, 1],
  ['second', 'the other node', 1, 0],
])(
  'of two clients under one id on two live nodes, the %s misses nothing when it is cut and comes back to %s',
  async (...[, , cut, back]) => {
    const { env, id, notify, acknowledged } = openCluster()
    const nodes = [await startTestApp({ env }), await startTestApp({ env })] as const
    const sockets = [await begin(nodes[0], id), await begin(nodes[1], id)] as const
    const other = sockets[cut === 0 ? 1 : 0]
    await drop(sockets[cut === 0 ? 0 : 1])
    await notify(nodes[0], 'One')
    await expectNext(other, 'One')
    await acknowledged(1)
    const again = await come(nodes[back === 0 ? 0 : 1], id)
    await expectNext(again, 'One')
    await notify(nodes[1], 'Two')
    await expectNext(again, 'Two')
    await expectNext(other, 'Two')
  },
)

test('of two clients under one id, one misses nothing when its node is killed', async () => {
  const { env, id, notify, acknowledged, isProven, isSilent } = openCluster()
  const lives = await startTestApp({ env })
  const dies = await startProcess(env)
  const node = { ...dies, nodes: 1, env, close: async () => {} }
  const lost = await begin(node, id)
  const other = await begin(lives, id)
  await isProven()
  await notify(lives, 'One')
  await expectNext(lost, 'One')
  await expectNext(other, 'One')
  await acknowledged(1)
  await isProven()
  await dies.stop('SIGKILL')
  await notify(lives, 'Two')
  await expectNext(other, 'Two')
  await acknowledged(2)
  await isSilent()
  const again = await come(lives, id)
  // What was acknowledged in the last second before the end comes again.
  let title = ''
  while (title !== 'Two') {
    const { payload } = await nextMessage(again)
    expect(payload.extensions.resume).toBeNull()
    title = payload.data.notificationAdded.title
  }
})

test('a client whose older socket is half open on another node goes on where it got to', async () => {
  const { env, id, notify, acknowledged, isSilent } = openCluster()
  const [one, two] = [await startTestApp({ env }), await startTestApp({ env })]
  const network = await openProxy(Number(new URL(one.url).port))
  const old = await begin({ ...one, wsUrl: `ws://127.0.0.1:${network.port}/graphql` }, id)
  network.halfOpen()
  await old.closed
  const held = await begin(two, id)
  await notify(two, 'One')
  await expectNext(held, 'One')
  await acknowledged(1)
  await isSilent()
  await drop(held)
  for (const [node, title] of [
    [two, 'Two'],
    [one, 'Three'],
  ] as const) {
    const again = await begin(node, id)
    await notify(two, title)
    await expectNext(again, title)
    await acknowledged(title === 'Two' ? 2 : 3)
    await drop(again)
  }
})
