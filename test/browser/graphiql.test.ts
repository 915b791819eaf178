import { getOperationAST, parse } from 'graphql'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { EXAMPLES, type GraphiQLRole } from '../../src/server/graphiql/examples.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, PHONE, sidewaysPixels } from '../support/browser.ts'

async function openAs({ links }: TestApp, role: GraphiQLRole): Promise<Page> {
  const { page } = await openPage(links?.find(({ url }) => url.includes(`as=${role}`))?.url ?? '')
  return page
}

/** The results of GraphiQL as text. The editor writes spaces that do not break. */
async function resultsOf(page: Page): Promise<string> {
  return (await page.locator('.result-window').innerText()).replaceAll('\u00a0', ' ')
}

/** Opens a tab and presses play. */
async function play(page: Page, tab: string): Promise<void> {
  await page.locator('.graphiql-tab-button').getByText(tab, { exact: true }).click()
  await expect.poll(() => page.locator('.graphiql-query-editor').innerText()).toContain(tab)
  await page.getByRole('button', { name: /^Execute query/ }).click()
}

function tabsOf(page: Page): Promise<readonly string[]> {
  return page.locator('.graphiql-tab-button').allTextContents()
}

function namesOf(role: GraphiQLRole): readonly string[] {
  return EXAMPLES[role].map((text) => getOperationAST(parse(text))?.name?.value ?? '')
}

test('shows three people what the others do, and every result of a subscription', async () => {
  const app = await startTestApp({ env: { JWT_SECRET: '' } })
  const [customer, agent, backend] = await Promise.all([
    openAs(app, 'customer'),
    openAs(app, 'agent'),
    openAs(app, 'backend'),
  ])
  await play(agent, 'WhoNeedsHelp')
  await expect.poll(() => resultsOf(agent)).toContain('Listening\u2026: 1 result')
  await play(backend, 'OpenTicket')
  await expect
    .poll(() => resultsOf(agent))
    .toMatch(/2 results, the newest first.*TicketListEntered.*TicketListSnapshot/s)
  await play(customer, 'Conversation')
  await expect.poll(() => resultsOf(customer)).toContain('Listening\u2026: nothing has come yet')
  await play(agent, 'Answer')
  await expect.poll(() => resultsOf(customer)).toContain('How can I help?')
  await customer.getByRole('button', { name: /^Stop query/ }).click()
  await play(customer, 'Say')
  await expect.poll(() => resultsOf(customer)).toContain('"number": 2')
  expect(await tabsOf(customer)).toEqual(namesOf('customer'))
  expect(await tabsOf(agent)).toEqual(namesOf('agent'))
})

/** Opens a tab and presses play before GraphiQL has looked at what is in it. */
async function playAtOnce(page: Page, tab: string): Promise<void> {
  await page.locator('.graphiql-tab-button').getByText(tab, { exact: true }).waitFor()
  await page.evaluate(async (name) => {
    const buttons = [...document.querySelectorAll<HTMLElement>('.graphiql-tab-button')]
    buttons.find(({ textContent }) => textContent === name)?.click()
    await new Promise(requestAnimationFrame)
    document.querySelector<HTMLElement>('.graphiql-execute-button')?.click()
  }, tab)
}

test('runs what is in the tab, however soon somebody presses play', async () => {
  const app = await startTestApp({ env: { JWT_SECRET: '' } })
  const [agent, backend] = await Promise.all([openAs(app, 'agent'), openAs(app, 'backend')])
  await playAtOnce(backend, 'OpenTicket')
  await expect.poll(() => resultsOf(backend)).toContain('"upsertTicket"')
  await playAtOnce(agent, 'WhoNeedsHelp')
  await expect.poll(() => resultsOf(agent)).toContain('Listening\u2026: 1 result')
})

test('can be used on a phone', async () => {
  const app = await startTestApp({ env: { JWT_SECRET: '' } })
  const page = await openAs(app, 'customer')
  await page.setViewportSize(PHONE)
  await play(page, 'HowMuchIsUnread')
  await expect.poll(() => resultsOf(page)).toContain('"count": 0')
  expect(await sidewaysPixels(page)).toBe(0)
  for (const part of ['.graphiql-query-editor', '.result-window']) {
    expect((await page.locator(part).boundingBox())?.width).toBeGreaterThan(PHONE.width * 0.9)
  }
})
