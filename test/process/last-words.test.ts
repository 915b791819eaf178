import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Checkpoints } from '../../src/resume/checkpoints.ts'
import { signTestToken } from '../support/app.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

/** Says of each socket that has gone whether nobody knows that its client was there until then. */
async function openScene() {
  const released: boolean[] = []
  const begin: Checkpoints['begin'] = async (key, head, owner) => ({
    owner: owner as NonNullable<typeof owner>,
    start: { revision: head.revision, isExpired: false },
    checkpoint: {
      ...{ key: key.hash, userId: key.userId, epoch: head.epoch, term: '', revision: head.revision, expiresAt: 0 },
      ...{ hasEchoed: false, isShared: false, holders: [], gone: [], isStored: true },
    },
    ...{ confirmed: head.revision, listener: undefined },
    ...{ written: head.revision, revision: head.revision, isProven: true, aliveAt: 0, since: 0 },
  })
  const ignore = (): void => {}
  const checkpoints: Checkpoints = {
    begin,
    release: (_, isDead = false) => void released.push(isDead),
    ...{ acknowledge: ignore, markAlive: ignore, forget: ignore },
    ...{ store: async () => {}, erase: async () => {}, close: async () => {} },
  }
  const server = await startSmallServer({ checkpoints })
  const socket = await openRawSocket(server.wsUrl)
  await socket.init({ authorization: `Bearer ${await signTestToken('ann')}` })
  socket.subscribe(randomUUID(), 'subscription { log }')
  await expect.poll(() => server.stage.readers).toBe(1)
  return { server, socket, released }
}

test('a client that closes its socket was there until then', async () => {
  const { socket, released } = await openScene()
  socket.ws.close()
  await expect.poll(() => released).toEqual([false])
})

test('a socket that Herald closes says nothing of its client, who may be long elsewhere', async () => {
  const { server, released } = await openScene()
  await server.close()
  expect(released).toEqual([true])
})
