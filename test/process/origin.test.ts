import { request } from 'node:http'
import { expect, test } from 'vitest'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const OPENED = 'opened'

function upgradeFrom(wsUrl: string, origin: string | undefined, host?: string): Promise<unknown> {
  return openRawSocket(wsUrl, {
    headers: { ...(origin !== undefined && { origin }), ...(host !== undefined && { host }) },
  }).then(
    () => OPENED,
    ({ status }) => status,
  )
}

async function allowedOrigin(url: string, origin: string): Promise<string | null> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: '{"query":"{ hello }"}',
  })
  expect(response.headers.get('vary')).toContain('Origin')
  return response.headers.get('access-control-allow-origin')
}

test('accepts sockets from the configured origins and from its own pages only', async () => {
  const { url, wsUrl } = await startSmallServer({ origins: ['https://app.example', 'http://localhost:3000'] })
  const { host } = new URL(url)
  for (const origin of [
    'https://app.example',
    'http://localhost:3000',
    `http://${host}`,
    `https://${host}`,
    undefined,
  ]) {
    expect([origin, await upgradeFrom(wsUrl, origin)]).toEqual([origin, OPENED])
  }
  const foreign = [
    'https://evil.example',
    'http://app.example',
    'https://app.example.evil.example',
    'http://localhost:3001',
    'null',
    'nonsense',
  ]
  for (const origin of foreign) expect([origin, await upgradeFrom(wsUrl, origin)]).toEqual([origin, 403])
})

test('accepts any page of this machine when none is configured and nobody else can connect', async () => {
  const { wsUrl } = await startSmallServer()
  for (const origin of [
    'http://localhost:3000',
    'http://127.0.0.1:5173',
    'http://[::1]:8080',
    'https://app.localhost',
  ]) {
    expect([origin, await upgradeFrom(wsUrl, origin)]).toEqual([origin, OPENED])
  }
  for (const origin of ['https://app.example', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example']) {
    expect([origin, await upgradeFrom(wsUrl, origin)]).toEqual([origin, 403])
  }
})

test('accepts only its own pages when none is configured and others can connect', async () => {
  const { wsUrl } = await startSmallServer({ isLoopback: false })
  expect(await upgradeFrom(wsUrl, 'http://localhost:3000')).toBe(403)
  expect(await upgradeFrom(wsUrl, 'https://herald.example', 'herald.example')).toBe(OPENED)
  expect(await upgradeFrom(wsUrl, undefined)).toBe(OPENED)
})

test('accepts apps, extensions and hosts of a domain when they are configured', async () => {
  const { url, wsUrl } = await startSmallServer({
    origins: ['capacitor://localhost', 'https://*.example.com', 'chrome-extension://abcdefghijklmnop'],
  })
  const allowed = ['capacitor://localhost', 'https://a.b.example.com', 'chrome-extension://abcdefghijklmnop']
  for (const origin of allowed) {
    expect([origin, await upgradeFrom(wsUrl, origin), await allowedOrigin(url, origin)]).toEqual([
      origin,
      OPENED,
      origin,
    ])
  }
  const foreign = [
    'ionic://localhost',
    'https://example.com',
    'https://evil-example.com',
    'https://a.example.com.evil',
    'null',
  ]
  for (const origin of foreign) {
    expect([origin, await upgradeFrom(wsUrl, origin), await allowedOrigin(url, origin)]).toEqual([origin, 403, null])
  }
})

test('does not take another scheme for its own pages', async () => {
  const { url, wsUrl } = await startSmallServer({ origins: ['https://app.example'] })
  expect(await upgradeFrom(wsUrl, `evil://${new URL(url).host}`)).toBe(403)
})

test('tells browsers the same over HTTP', async () => {
  const { url } = await startSmallServer({ origins: ['https://app.example'] })
  expect(await allowedOrigin(url, 'https://app.example')).toBe('https://app.example')
  expect(await allowedOrigin(url, new URL(url).origin)).toBe(new URL(url).origin)
  expect(await allowedOrigin(url, 'https://evil.example')).toBe(null)
  expect(await allowedOrigin(url, 'null')).toBe(null)
})

test('answers a browser that asks beforehand', async () => {
  const { url } = await startSmallServer({ origins: ['https://app.example'] })
  const preflight = (origin: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
  const allowed = await preflight('https://app.example')
  expect(allowed.status).toBe(204)
  expect(Object.fromEntries(allowed.headers)).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers': 'authorization,content-type',
  })
  expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBe(null)
})

test('accepts sockets at its path only', async () => {
  const { wsUrl } = await startSmallServer()
  for (const path of ['/', '/graphql/x', '/live']) {
    expect([path, await upgradeFrom(new URL(path, wsUrl).href, undefined)]).toEqual([path, 404])
  }
})

test('leaves offers of other protocols alone', async () => {
  const { url } = await startSmallServer()
  const { hostname, port } = new URL(url)
  const status = await new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' }
    request({ hostname, port, path: '/live', headers }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
  expect(status).toBe(200)
})
