import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { TEST_SECRET } from '../support/app.ts'
import { openPage, seriousFindings } from '../support/browser.ts'
import { openScene } from '../support/kit.ts'
import { serveExample } from '../support/vite-example.ts'

/** Serves the example in front of a Herald and a network that can fail. */
async function openShop() {
  const scene = await openScene()
  const env = { VITE_HERALD_URL: scene.url, JWT_SECRET: TEST_SECRET }
  return { ...scene, shop: await serveExample('react-client', env) }
}

const titlesOf = (page: Page): Promise<readonly string[]> => page.locator('#inbox li').allInnerTexts()
const badgeOf = (page: Page): Promise<string> => page.locator('#badge').innerText()

test('shows a badge and a list, the same on each device', async () => {
  const { shop, notify } = await openShop()
  const { page } = await openPage(shop)
  const { page: other } = await openPage(shop)
  await expect.poll(() => badgeOf(page)).toBe('0')
  await expect.poll(() => badgeOf(other)).toBe('0')
  await notify('One')
  await expect.poll(() => badgeOf(other)).toBe('1')
  await expect.poll(() => titlesOf(other)).toHaveLength(1)
  expect(await seriousFindings(page)).toEqual([])
})
