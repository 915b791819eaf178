import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { castWith, TEST_CAST } from '../support/cast.ts'
import { startSmallServer } from '../support/small-server.ts'

const demo = { cast: TEST_CAST, isForAll: false }
const HTML = { accept: 'text/html' }

async function textAt(url: string, path: string, headers: Record<string, string> = HTML): Promise<string> {
  return (await fetch(new URL(path, url), { headers })).text()
}

test('has links with tokens only for who knows the key, and comes from this machine', async () => {
  const { url } = await startSmallServer({ demo })
  expect(await textAt(url, '/?key=k-1')).toContain('key=k-1')
  for (const path of ['/', '/?key=', '/?key=k-2', '/?key=%22%3E%3Cscript%3E']) {
    const page = await textAt(url, path)
    expect(page).toContain('its address has no key')
    expect(page).not.toMatch(/key=|<script/)
  }
  expect(await textAt(url, '/?key=k-1', { ...HTML, 'x-forwarded-for': '127.0.0.1' })).not.toContain('key=k-1')
})

test('runs no script, and loads nothing from elsewhere', async () => {
  const { url } = await startSmallServer({ demo })
  const { headers } = await fetch(new URL('/', url), { headers: HTML })
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self';/)
  expect(headers.get('content-security-policy')).not.toContain('unsafe')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  const page = await textAt(url, '/')
  expect(page).not.toMatch(/<script|style=|(src|href)="(https?:)?\/\//)
  expect((await fetch(new URL('/pages/start/start.css', url))).headers.get('content-type')).toContain('text/css')
})

test('serves no file but those of its pages', async () => {
  const { url } = await startSmallServer({ demo })
  for (const path of [
    '/pages/',
    '/pages/tsconfig.json',
    '/pages/start/',
    '/pages/start/x.css',
    '/pages/..%2fapp.ts',
    '/pages/%2e%2e/app.ts',
  ]) {
    expect([path, (await fetch(new URL(path, url))).status]).toEqual([path, 404])
  }
})

test('is not there without development tokens, nor for programs', async () => {
  const plain = await startSmallServer({ graphiql: {} })
  for (const path of ['/', '/pages/start/start.css'])
    expect((await fetch(new URL(path, plain.url), { headers: HTML })).status).toBe(404)
  const configured = await startTestApp()
  expect((await fetch(new URL('/', configured.url), { headers: HTML })).status).toBe(404)
  const off = await startTestApp({ env: { JWT_SECRET: '', GRAPHIQL: 'false' } })
  expect((await fetch(new URL('/', off.url), { headers: HTML })).status).toBe(404)
  const on = await startTestApp({ env: { JWT_SECRET: '' } })
  expect((await fetch(new URL('/', on.url), { headers: { accept: '*/*' } })).status).toBe(404)
  expect(on.links?.at(-1)?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?key=/)
})

test('gives the people of the demo tokens only with the key, and runs no script that is written into the page', async () => {
  const { url } = await startSmallServer({ demo: { ...demo, cast: castWith('agent', '</script>secret') } })
  const known = await fetch(new URL('/demo?key=k-1', url), { headers: HTML })
  expect(known.headers.get('content-security-policy')).toMatch(/script-src 'self' 'sha256-[^']+'; style-src 'self';/)
  expect(known.headers.get('content-security-policy')).not.toContain('unsafe')
  expect(known.headers.get('cache-control')).toBe('no-store')
  expect(await known.text()).toContain('\\u003c/script>secret')
  for (const path of ['/demo', '/demo?key=k-2']) expect(await textAt(url, path)).toContain('"people":[]')
  const page = await textAt(url, '/demo')
  const { imports } = JSON.parse(/<script type="importmap">(.*)<\/script>/.exec(page)?.[1] ?? '') as { imports: object }
  for (const file of [...Object.values(imports), '/pages/demo/main.ts'])
    expect([file, (await fetch(new URL(file, url))).headers.get('content-type')]).toEqual([
      file,
      'text/javascript; charset=utf-8',
    ])
  expect((await fetch(new URL('/pages/vendor/htm/package.json', url))).status).toBe(404)
  expect((await fetch(new URL('/pages/vendor/unknown/index.mjs', url))).status).toBe(404)
})

test('serves the demo alone where it is switched on, to whoever knows the key, with people of its own', async () => {
  const { links, url } = await startTestApp({ env: { DEMO: 'true', DRAIN_MS: '0' } })
  expect(links?.map(({ title }) => title)).toEqual(['The demo'])
  const link = links?.[0]?.url ?? ''
  const proxied = { ...HTML, 'x-forwarded-for': '203.0.113.7' }
  const page = await textAt(link, link, proxied)
  const { people, restart } = JSON.parse(/id="setup">(.*)<\/script>/.exec(page)?.[1] ?? '')
  expect(people.map(({ id }: { id: string }) => id)).toEqual(['demo-alice', 'demo-bob', 'demo-chen', 'demo-shop'])
  expect(restart).toBeNull()
  const alice = await ask(url, '{ me { id role } }', { authorization: `Bearer ${people[0].token}` })
  expect(alice.body['data']?.['me']).toEqual({ id: 'demo-alice', role: 'CUSTOMER' })
  expect(await textAt(url, '/demo', proxied)).toContain('"people":[]')
  expect((await fetch(new URL('/', url), { headers: HTML })).status).toBe(404)
  expect(await textAt(url, `/graphql?as=backend&${link.split('?')[1]}`)).not.toContain('Bearer ey')
})

test('restarts for the demo only where that can be done, and only with the key, from this machine', async () => {
  let restarts = 0
  const restart = (): void => {
    restarts += 1
  }
  const { url } = await startSmallServer({ demo: { ...demo, restart } })
  const post = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(new URL(path, url), { method: 'POST', headers })).status
  expect(await textAt(url, '/demo?key=k-1')).toContain('"restart":"/demo/restart?key=k-1"')
  expect(await textAt(url, '/demo')).toContain('"restart":null')
  expect(await post('/demo/restart')).toBe(404)
  expect(await post('/demo/restart?key=k-2')).toBe(404)
  expect(await post('/demo/restart?key=k-1', { 'x-forwarded-for': '127.0.0.1' })).toBe(404)
  expect((await fetch(new URL('/demo/restart?key=k-1', url))).status).toBe(404)
  expect(restarts).toBe(0)
  expect(await post('/demo/restart?key=k-1', { origin: new URL(url).origin })).toBe(202)
  await expect.poll(() => restarts).toBe(1)
  const other = await startSmallServer({ demo })
  expect((await fetch(new URL('/demo/restart?key=k-1', other.url), { method: 'POST' })).status).toBe(404)
})
