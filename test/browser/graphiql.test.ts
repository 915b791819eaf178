import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage } from '../support/browser.ts'

type Role = 'customer' | 'agent' | 'backend'

async function openAs({ links }: TestApp, role: Role): Promise<Page> {
  const { page } = await openPage(links?.find(({ url }) => url.includes(`as=${role}`))?.url ?? '')
  return page
}

/** The results of GraphiQL as text. The editor writes a space that does not break. */
async function resultsOf(page: Page): Promise<string> {
  return (await page.locator('.result-window').innerText()).replaceAll('\u00a0', ' ')
}

async function play(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Execute query/ }).click()
}

test('shows a customer what the backend sends, with nothing but play pressed', async () => {
  const app = await startTestApp({ env: { JWT_SECRET: '' } })
  const customer = await openAs(app, 'customer')
  await play(customer)
  await expect.poll(() => resultsOf(customer)).toContain('"count": 0')
  const backend = await openAs(app, 'backend')
  await play(backend)
  await expect.poll(() => resultsOf(backend)).toContain('"recipients": 1')
  await expect.poll(() => resultsOf(customer)).toContain('"count": 1')
})
