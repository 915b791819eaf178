import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createTicket, type TicketStore } from '../../packages/client/src/ticket.ts'
import { signTestToken, startTestApp, TEST_SECRET } from './app.ts'
import { openPage, seriousFindings } from './browser.ts'
import { connectDevice } from './device.ts'
import { type KitScene, openKit, openScene } from './kit.ts'

// What each example with a badge, a list and a chat must be able to do: the same for all, whatever they are made with.

/** An example that is served before a Herald, behind a network that can fail. */
export interface Shop extends KitScene {
  readonly address: string
  /** The ticket of the page, as an agent holds it, whose network does not fail. */
  readonly agent: TicketStore
}

/** Serves an example. `serve` gets the settings that it reads, and resolves to its address. */
export async function openShop(serve: (env: Readonly<Record<string, string>>) => Promise<string>): Promise<Shop> {
  const scene = await openScene()
  // Its backend is beside Herald, and only the page is behind the network.
  const env = { VITE_HERALD_URL: scene.url, HERALD_URL: scene.app.url, JWT_SECRET: TEST_SECRET }
  const address = await serve(env)
  const client = openKit({ url: scene.app.url, token: () => signTestToken('bob', 'agent', { name: 'Bob' }) })
  return { ...scene, address, agent: createTicket(client, 'order-4711') }
}

export const badgeOf = (page: Page): Promise<string> => page.locator('#badge').innerText()
export const titlesOf = (page: Page): Promise<readonly string[]> => page.locator('#inbox li span').allInnerTexts()
export const saidIn = (page: Page): Promise<readonly string[]> => page.locator('#chat li span').allInnerTexts()

/** Sends a message as its user does. */
export async function say(page: Page, body: string): Promise<void> {
  await page.getByLabel('Message').fill(body)
  await page.getByLabel('Message').press('Enter')
}

/** Watches from now on whether a page ever shows something twice; what it returns tells what. */
async function watchDoubles(page: Page): Promise<() => Promise<unknown>> {
  await page.evaluate(`
    window.doubles = []
    new MutationObserver(() => {
      for (const list of ['#inbox', '#chat']) {
        const texts = [...document.querySelectorAll(list + ' li span')].map(({ textContent }) => textContent)
        if (new Set(texts).size < texts.length) doubles.push(texts)
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true })`)
  return () => page.evaluate('doubles')
}

/** Two devices of one user show the same, also what an agent says and types, but no note. A second tab does, too. */
export async function tryDevices({ address, agent, notify }: Shop): Promise<void> {
  const { page } = await openPage(address)
  const { page: other } = await openPage(address)
  const tab = await page.context().newPage()
  await tab.goto(address)
  const all = [page, other, tab]
  for (const one of all) await expect.poll(() => badgeOf(one)).toBe('0')
  const stop = agent.subscribe(() => {})
  await expect.poll(() => agent.getSnapshot().status).toBe('ready')
  await notify('One')
  await notify('Two')
  for (const one of all) await expect.poll(() => titlesOf(one)).toEqual(['Two', 'One'])
  for (const one of all) await expect.poll(() => badgeOf(one)).toBe('2')
  // Not by the mouse: in a tab behind another one it would wait for the next frame.
  await other.getByRole('button', { name: /^Two/ }).press('Enter')
  for (const one of all) await expect.poll(() => badgeOf(one)).toBe('1')
  await tab.getByRole('button', { name: 'Mark all as read' }).press('Enter')
  for (const one of all) await expect.poll(() => badgeOf(one)).toBe('0')

  await page.getByLabel('Message').press('W')
  await expect.poll(() => agent.getSnapshot().typing).toMatchObject([{ user: { userId: 'alice' } }])
  await say(page, 'Where is it?')
  for (const one of all) await expect.poll(() => saidIn(one)).toEqual(['Where is it?'])
  await expect.poll(() => agent.getSnapshot()).toMatchObject({ messages: [{ body: 'Where is it?' }], typing: [] })
  agent.typed('INTERNAL')
  agent.send({ body: 'A difficult one', visibility: 'INTERNAL' })
  agent.typed()
  for (const one of all) await expect.poll(() => one.getByText('Bob is typing…').count()).toBe(1)
  agent.stopTyping()
  for (const one of all) await expect.poll(() => one.getByText('Bob is typing…').count()).toBe(0)
  agent.send({ body: 'On its way' })
  for (const one of all) await expect.poll(() => saidIn(one)).toEqual(['Where is it?', 'On its way'])
  expect(await page.getByText('A difficult one').count()).toBe(0)
  expect(await seriousFindings(other)).toEqual([])
  stop()
}

/**
 * A page shows all that happened while it was cut off silently, while its connection was reset, while Herald restarted, and when its token
 * was revoked, and shows nothing twice meanwhile. What its user said without a network is said once.
 */
export async function tryCuts({ address, app, network, notify, backend }: Shop): Promise<void> {
  const { page } = await openPage(address, { isCut: true })
  let tokens = 0
  page.on('request', (request) => {
    if (request.url().includes('/token')) tokens += 1
  })
  await expect.poll(() => badgeOf(page)).toBe('0')
  const doubles = await watchDoubles(page)
  const shows = async (...titles: readonly string[]) => {
    await expect.poll(() => titlesOf(page)).toEqual(titles)
    await expect.poll(() => badgeOf(page)).toBe(`${titles.length}`)
  }
  await notify('Before')
  await shows('Before')

  network.silence()
  await notify('In silence')
  await say(page, 'Hello?')
  network.speak()
  await page.evaluate(`dispatchEvent(new Event('online'))`)
  await shows('In silence', 'Before')
  await expect.poll(() => saidIn(page)).toEqual(['Hello?'])

  const allow = await network.refuse()
  await notify('Refused')
  await allow()
  await shows('Refused', 'In silence', 'Before')

  const before = tokens
  await backend.run('mutation { revokeTokens(userId: "alice") { closedConnections } }')
  await expect.poll(() => tokens).toBeGreaterThan(before)
  await notify('With another token')
  await shows('With another token', 'Refused', 'In silence', 'Before')

  const { port } = new URL(app.url)
  await app.close()
  const again = await startTestApp({ env: { ...app.env, PORT: port } })
  const shop = await connectDevice(again, 'shop', 'backend')
  await shop.run(
    'mutation { notify(input: { userIds: ["alice"], notification: { type: "t", title: "Restarted" } }) { recipients } }',
  )
  await shows('Restarted', 'With another token', 'Refused', 'In silence', 'Before')
  const TICKET = '{ ticket(id: "order-4711") { messages { nodes { body } } } }'
  expect(await shop.run(TICKET)).toEqual({ ticket: { messages: { nodes: [{ body: 'Hello?' }] } } })
  expect(await doubles()).toEqual([])
}
