import { chromium, type Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { openBlockingProxy } from '../support/blocking-proxy.ts'
import { openPage } from '../support/browser.ts'
import { openChromium } from '../support/chromium.ts'
import { startHtmlExample } from '../support/html-example.ts'
import { badgeOf, openShop, type Shop, titlesOf } from '../support/shop.ts'

// What browsers do to a page that follows something, and what the kit makes of it. The page is `examples/html`.

/** Serves the page; `head` says what stands at its beginning, by the address of Herald. */
const serve =
  (head: (url: string) => string = () => '') =>
  async (env: Readonly<Record<string, string>>): Promise<string> => {
    const { VITE_HERALD_URL: url = '' } = env
    return `${await startHtmlExample(env, head(url))}?herald=${encodeURIComponent(url)}`
  }

const openKitShop = (): Promise<Shop> => openShop(serve())

const connectionOf = (page: Page): Promise<string> => page.locator('#connection').innerText()

/** Expects that a page shows these, the newest first, and counts them. */
async function expectShown(page: Page, ...titles: readonly string[]): Promise<void> {
  await expect.poll(() => titlesOf(page)).toEqual(titles)
  await expect.poll(() => badgeOf(page)).toBe(`${titles.length}`)
}

test('a page that the browser freezes shows all when it goes on, also when its connection died meanwhile', async () => {
  const { address, notify, network } = await openKitShop()
  const { page } = await openPage(address, { isCut: true })
  await expect.poll(() => badgeOf(page)).toBe('0')
  const session = await page.context().newCDPSession(page)
  const become = (state: 'frozen' | 'active') => session.send('Page.setWebLifecycleState', { state })
  await become('frozen')
  await notify('Frozen')
  await become('active')
  await expectShown(page, 'Frozen')
  await become('frozen')
  network.reset()
  await notify('Frozen and cut')
  await become('active')
  await expectShown(page, 'Frozen and cut', 'Frozen')
})

test('a page without a network says so, and shows all when it is back', async () => {
  const { address, notify, network } = await openKitShop()
  const { page } = await openPage(address, { isCut: true })
  await expect.poll(() => badgeOf(page)).toBe('0')
  const allow = await network.refuse()
  await page.context().setOffline(true)
  await expect.poll(() => page.locator('#connection').getAttribute('title')).toContain('no network')
  await notify('Offline')
  await allow()
  await page.context().setOffline(false)
  await expectShown(page, 'Offline')
  expect(await connectionOf(page)).toBe('connected')
})

/** Opens the page with a Content-Security-Policy. It is not watched: browsers say in the console what they refuse. */
async function openRestricted(connect: (origin: string) => string): Promise<Shop & { readonly page: Page }> {
  const policy = (url: string): string =>
    `<meta http-equiv="Content-Security-Policy" content="connect-src 'self' ${connect(new URL(url).origin)}">`
  const shop = await openShop(serve(policy))
  const { page: first } = await openPage('about:blank')
  const page = await first.context().newPage()
  await page.goto(shop.address)
  return { ...shop, page }
}

test('a page that may not open WebSockets gets all by Server-Sent Events', async () => {
  const { page, notify } = await openRestricted((origin) => origin)
  await expect.poll(() => page.locator('#connection').getAttribute('title')).toContain('Server-Sent Events')
  await notify('By events')
  await expectShown(page, 'By events')
})

test('a page that may not connect to Herald says what to look at', async () => {
  const { page } = await openRestricted(() => '')
  await expect.poll(() => page.locator('#connection').getAttribute('title')).toContain('connect-src')
  expect(await connectionOf(page)).toBe('reconnecting')
})

test('behind a proxy that swallows WebSockets, a page misses nothing', async () => {
  const { address, notify, app } = await openKitShop()
  const proxy = await openBlockingProxy(Number(new URL(app.url).port), 'swallow')
  const { page } = await openPage(address.replace(/herald=.*/, `herald=${encodeURIComponent(proxy.url)}`), {
    isCut: true,
  })
  await expect.poll(() => badgeOf(page)).toBe('0')
  await notify('By events')
  await expectShown(page, 'By events')
  proxy.upgrades = 'pass'
  await page.evaluate(`dispatchEvent(new Event('online'))`)
  await expect.poll(() => page.locator('#connection').getAttribute('title')).toBe('')
  await notify('By a WebSocket')
  await expectShown(page, 'By a WebSocket', 'By events')
})

test('a page that comes back from the back/forward cache shows what happened meanwhile', async () => {
  const server = await openChromium(['--disable-back-forward-cache'])
  onTestFinished(() => server.close())
  const { address, notify } = await openKitShop()
  const page = await (await chromium.connect(server.wsEndpoint())).newPage()
  await page.goto(address)
  await expect.poll(() => badgeOf(page)).toBe('0')
  await page.evaluate(`addEventListener('pageshow', ({ persisted }) => { globalThis.isBack = persisted })`)
  await page.goto(new URL('/token?user=alice', address).href)
  await notify('Away')
  // Nothing is loaded, so there is no other event to wait for.
  await page.goBack({ waitUntil: 'commit' })
  await expect.poll(() => page.evaluate('globalThis.isBack')).toBe(true)
  await expectShown(page, 'Away')
})
