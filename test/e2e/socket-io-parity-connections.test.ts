import { createClient } from 'graphql-ws'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createLog } from '../../src/lib/log.ts'
import { signTestToken, startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice, connectWith } from '../support/device.ts'
import { openEventStream } from '../support/event-stream.ts'
import { tell, UNREAD } from '../support/parity.ts'

// What the Socket.IO service could do, by the names of its events and methods. docs/socket-io.md lists the same rows.

describe('what the Socket.IO service could do', () => {
  test('JWT in the handshake', async () => {
    const app = await startTestApp()
    const token = await signTestToken('alice')
    const places = [
      { Authorization: `Bearer ${token}` },
      { authorization: token },
      { authToken: token },
      { token },
      { accessToken: token },
      { headers: { authorization: `Bearer ${token}` } },
    ]
    for (const connectionParams of places) {
      const client = createClient({ url: app.wsUrl, webSocketImpl: WebSocket, connectionParams })
      onTestFinished(async () => client.dispose())
      const [result] = await Array.fromAsync(client.iterate({ query: '{ me { id role } }' }))
      expect(result?.data).toEqual({ me: { id: 'alice', role: 'CUSTOMER' } })
    }
    const forged = connectWith(app, `${token.slice(0, -4)}AAAA`)
    await expect(forged.run('{ me { id } }')).rejects.toThrow('4401')
  })

  test('connected', async () => {
    const app = await startTestApp()
    const acknowledged = Promise.withResolvers<Record<string, unknown> | undefined>()
    const client = createClient({
      url: app.wsUrl,
      webSocketImpl: WebSocket,
      lazy: false,
      connectionParams: { authorization: `Bearer ${await signTestToken('alice')}` },
      on: { connected: (_socket, payload) => acknowledged.resolve(payload) },
    })
    onTestFinished(async () => client.dispose())
    expect(await acknowledged.promise).toMatchObject({
      userId: 'alice',
      role: 'CUSTOMER',
      name: 'alice',
      connectionId: expect.any(String),
      expiresAt: expect.any(String),
    })
  })

  test('isUserOnline', async () => {
    const app = await startTestApp({ env: { PRESENCE_GRACE_MS: '0' } })
    const [alice, bob] = [await connectDevice(app, 'alice'), await connectDevice(app, 'bob', 'agent')]
    expect(await bob.run('{ isUserOnline(userId: "alice") }')).toEqual({ isUserOnline: false })
    const presence = bob.subscribe('subscription { presenceChanged(userIds: ["alice"]) { isOnline } }')
    expect(await presence.next()).toEqual({ presenceChanged: { isOnline: false } })
    await alice.run('{ me { id } }')
    expect(await presence.next()).toEqual({ presenceChanged: { isOnline: true } })
    expect(await bob.run('{ isUserOnline(userId: "alice") }')).toEqual({ isUserOnline: true })
    await alice.close()
    let state = await presence.next()
    while (state['presenceChanged'].isOnline) state = await presence.next()
    expect(await bob.run('{ isUserOnline(userId: "alice") }')).toEqual({ isUserOnline: false })
  })

  test('getConnectionCount', async () => {
    const app = await startTestApp()
    const [phone, laptop] = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    await laptop.run('{ me { id } }')
    expect(await phone.run('{ connectionCount(userId: "alice") }')).toEqual({ connectionCount: 2 })
    const carol = await connectDevice(app, 'carol')
    await expect(carol.run('{ connectionCount(userId: "alice") }')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('getTotalConnections', async () => {
    const app = await startTestApp()
    for (const user of ['alice', 'alice', 'carol']) await (await connectDevice(app, user)).run('{ me { id } }')
    const bob = await connectDevice(app, 'bob', 'agent')
    const { totalConnections, connectionStats } = await bob.run(
      '{ totalConnections connectionStats { users nodes { connections } } }',
    )
    const ofNodes = connectionStats.nodes.map(({ connections }: { connections: number }) => connections)
    expect(ofNodes).toEqual(Array.from({ length: app.nodes }, () => 4 / app.nodes))
    expect([totalConnections, connectionStats.users]).toEqual([4, 3])
  })

  test('FRONTEND_URL', async () => {
    const app = await startTestApp({ env: { FRONTEND_URL: 'https://app.example.com' } })
    const preflight = (origin: string) =>
      fetch(app.url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      })
    expect((await preflight('https://app.example.com')).headers.get('access-control-allow-origin')).toBe(
      'https://app.example.com',
    )
    expect((await preflight('https://evil.example.com')).headers.get('access-control-allow-origin')).not.toBe(
      'https://evil.example.com',
    )
    const upgrade = (origin: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(app.wsUrl, 'graphql-transport-ws', { origin })
        socket
          .once('open', () => resolve('open'))
          .once('error', ({ message }) => resolve(message))
          .once('open', () => socket.close())
      })
    expect(await upgrade('https://app.example.com')).toBe('open')
    expect(await upgrade('https://evil.example.com')).toContain('403')
  })

  test('logging', async () => {
    const lines: string[] = []
    const log = createLog({
      level: 'debug',
      pretty: false,
      destination: { write: (line: string) => void lines.push(line) },
    })
    const app = await startTestApp({ log })
    const token = await signTestToken('alice')
    const alice = connectWith(app, token)
    await alice.run('{ me { id } }')
    await alice.client.dispose()
    await app.close()
    const messages = lines.map((line) => JSON.parse(line))
    const closed = messages.find(({ msg }) => msg === 'connection closed')
    expect(messages.some(({ msg }) => msg === 'connection opened')).toBe(true)
    expect(closed).toMatchObject({ level: 'info', users: ['alice'], durationMs: expect.any(Number) })
    expect(messages.some(({ level }) => level === 'debug')).toBe(true)
    expect(lines.join('')).not.toContain(token)
  })

  test('fallback without WebSocket', async () => {
    const app: TestApp = await startTestApp()
    const backend = await connectDevice(app, 'shop', 'backend')
    const stream = await openEventStream(app, await app.token('alice'), UNREAD)
    expect(await stream.next()).toMatchObject({ data: { unreadCount: { count: 0 } } })
    await tell(backend, 'One', 'alice')
    expect(await stream.next()).toMatchObject({ data: { unreadCount: { count: 1 } } })
  })
})
