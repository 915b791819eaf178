import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket as NodeWebSocket } from 'ws'
import type { WebSocketConstructor } from '../../packages/client/src/web-socket.ts'
import { signTestToken } from '../support/app.ts'
import { aliceToken, expectState, expectTitles, followTitles, openKit, openScene } from '../support/kit.ts'

const NEVER = 3_600_000
/** How long an outage lasts: several times what it takes to notice one. */
const OUTAGE_MS = 1_200

const SOCKETS: readonly [string, WebSocketConstructor | undefined][] = [
  ['the WebSocket of Node', undefined],
  ['ws', NodeWebSocket as unknown as WebSocketConstructor],
]

describe.each(SOCKETS)('a connection of the kit by %s', (_, webSocket) => {
  test('notices a path that died without a word, also when the next one is as silent', async () => {
    const { network, url, notify } = await openScene()
    const client = openKit({ url, token: aliceToken, webSocket })
    const titles = await followTitles(client)
    network.silence()
    await notify('One')
    await sleep(OUTAGE_MS)
    expect(client.connection.getSnapshot()).toMatchObject({ status: 'reconnecting', reason: 'silent' })
    network.speak()
    await notify('Two')
    await expectTitles(titles, 'One', 'Two')
    await expectState(client, { status: 'connected', reason: null, transport: 'websocket' })
  })

  test('comes back after Herald was away for longer than the first try', async () => {
    const { network, url, notify } = await openScene()
    const client = openKit({ url, token: aliceToken, webSocket })
    const titles = await followTitles(client)
    const allow = await network.refuse()
    await notify('One')
    await sleep(OUTAGE_MS)
    expect(client.connection.getSnapshot()).toMatchObject({ status: 'reconnecting', reason: 'unreachable' })
    await allow()
    await notify('Two')
    await expectTitles(titles, 'One', 'Two')
  })

  test('looks after itself when the network is back', async () => {
    const { network, url, notify } = await openScene()
    const events = new EventTarget()
    const client = openKit({ url, token: aliceToken, webSocket, events, times: { ping: NEVER } })
    const titles = await followTitles(client)
    network.silence()
    await notify('One')
    network.speak()
    events.dispatchEvent(new Event('online'))
    await expectTitles(titles, 'One')
  })

  test('does not wait for its next try when the network is back', async () => {
    const { network, url, notify } = await openScene()
    const events = new EventTarget()
    const client = openKit({ url, token: aliceToken, webSocket, events, times: { retry: NEVER, longestRetry: 0 } })
    const titles = await followTitles(client)
    const allow = await network.refuse()
    await notify('One')
    await allow()
    // It may not have received of the end yet.
    const waking = setInterval(() => events.dispatchEvent(new Event('pageshow')), 50)
    onTestFinished(() => clearInterval(waking))
    await expectTitles(titles, 'One')
  })
})

describe('a client that is disposed of', () => {
  test.each(['while it is connected', 'while nothing answers it', 'while it waits for its next try'])(
    'leaves no connection and no listener, %s',
    async (when) => {
      const { network, url } = await openScene()
      const listeners = new Set<string>()
      const events = {
        addEventListener: (name: string) => void listeners.add(name),
        removeEventListener: (name: string) => void listeners.delete(name),
      }
      if (when === 'while nothing answers it') network.silence()
      if (when === 'while it waits for its next try') await network.refuse()
      const client = openKit({ url, token: aliceToken, events, times: { connecting: NEVER } })
      const asking = client.query('{ me { userId } }')
      asking.catch(() => {})
      if (when === 'while it is connected') await asking
      if (when === 'while nothing answers it') await expect.poll(network.open).toBe(1)
      if (when === 'while it waits for its next try') await expectState(client, { status: 'reconnecting' })
      client.dispose()
      if (when !== 'while it is connected') await expect(asking).rejects.toMatchObject({ code: 'DISPOSED' })
      await expect.poll(network.open).toBe(0)
      expect([...listeners]).toEqual([])
      expect(client.connection.getSnapshot().status).toBe('disposed')
      await expect(client.query('{ me { userId } }')).rejects.toMatchObject({ code: 'DISPOSED' })
    },
  )

  test('was another user when its token is', async () => {
    const { url, network } = await openScene()
    let user = 'alice'
    const client = openKit({ url, token: () => signTestToken(user) })
    expect(await client.query('{ me { userId } }')).toEqual({ me: { userId: 'alice' } })
    user = 'bob'
    client.reconnect()
    await expect(client.query('{ me { userId } }')).rejects.toMatchObject({ code: 'DISPOSED' })
    expect(client.connection.getSnapshot()).toMatchObject({ status: 'disposed', reason: 'other-user' })
    await expect.poll(network.open).toBe(0)
  })
})

describe('tokens', () => {
  test('are asked for again when one has ended, though the clock of the device believes in it', async () => {
    const { url, notify } = await openScene()
    const refused: (string | null)[] = []
    const ending = await signTestToken('alice', 'customer', { exp: Math.floor(Date.now() / 1000) + 1 })
    const token = (last: string | null) => {
      refused.push(last)
      return last === null ? ending : aliceToken()
    }
    const client = openKit({ url, token })
    const titles = await followTitles(client)
    await expect.poll(() => refused).toEqual([null, ending])
    await notify('One')
    await expectTitles(titles, 'One')
    await expectState(client, { status: 'connected' })
  })

  test('that are never accepted end everything, with a reason', async () => {
    const { url } = await openScene()
    const client = openKit({ url, token: 'not a token' })
    await expect(client.query('{ me { userId } }')).rejects.toMatchObject({
      code: 'CONNECTION',
      extensions: { closeCode: 4401 },
    })
    expect(client.connection.getSnapshot()).toMatchObject({
      status: 'failed',
      reason: 'token-refused',
      closeCode: 4401,
    })
  })

  test('are waited for when the function fails', async () => {
    const { url } = await openScene()
    let calls = 0
    const token = async () => {
      calls += 1
      if (calls < 3) throw new Error('The login is away.')
      return aliceToken()
    }
    const client = openKit({ url, token })
    const reasons = new Set<string | null>()
    client.connection.subscribe(({ reason }) => reasons.add(reason))
    expect(await client.query('{ me { userId } }')).toEqual({ me: { userId: 'alice' } })
    expect([...reasons]).toEqual([null, 'token-failed'])
  })
})

test('the last of too many tabs says so, and gets in when another one is closed', async () => {
  const { url } = await openScene({ MAX_SOCKETS_PER_USER: '3' })
  const tabs = await Promise.all(
    ['1', '2', '3'].map(async () => {
      const client = openKit({ url, token: aliceToken })
      await followTitles(client)
      return client
    }),
  )
  const last = openKit({ url, token: aliceToken })
  const asking = last.query('{ me { userId } }')
  await expectState(last, { status: 'reconnecting', reason: 'busy', closeCode: 1013 })
  expect(last.connection.getSnapshot().message).toContain('You have 3 connections already')
  tabs[0]?.dispose()
  expect(await asking).toEqual({ me: { userId: 'alice' } })
})

test('nothing is opened before the first operation, and it is closed some time after the last one', async () => {
  const { url, network } = await openScene()
  const client = openKit({ url, token: aliceToken })
  expect(client.connection.getSnapshot()).toMatchObject({ status: 'idle', hasConnected: false })
  expect(network.open()).toBe(0)
  await client.query('{ me { userId } }')
  await expectState(client, { status: 'connected', hasConnected: true })
  await expectState(client, { status: 'idle', reason: null })
  await expect.poll(network.open).toBe(0)
})

test('an address that is none is told when the client is made, and a path where there is no page when it is used', () => {
  for (const url of [undefined, '', 'graphql', 'localhost:4000/graphql', 'redis://localhost', 'http://']) {
    expect(() => openKit({ url: url as string })).toThrow(/^Wrong url: /)
  }
  const client = openKit({ url: '/graphql' })
  expect(() =>
    client.subscribe(
      { query: 'subscription { unreadCount { count } }' },
      { next: () => {}, error: () => {}, complete: () => {} },
    ),
  ).toThrow('Wrong url: /graphql')
})
