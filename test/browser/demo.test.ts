import type { Locator, Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { startRestartable } from '../../src/restartable.ts'
import { openPage, PHONE, seriousFindings, sidewaysPixels } from '../support/browser.ts'
import { countersOf, isConnected, openDemo, personOf } from '../support/demo.ts'
import { silentLog } from '../support/embedded.ts'
import { tempFolder } from '../support/temp.ts'

function alertsOf(page: Page, id: string): Locator {
  return personOf(page, id).getByRole('button', { name: /^Inbox: .*unread$/ })
}

function titlesOf(page: Page, id: string): Promise<readonly string[]> {
  return personOf(page, id).locator('.inbox li bdi').allInnerTexts()
}

const send = (page: Page): Promise<void> => page.getByRole('button', { name: 'Notify', exact: true }).click()
const sendTen = (page: Page): Promise<void> => page.getByRole('button', { name: 'Send ten' }).click()

test('shows a notification and its badge on every device, and that it was read on one', async () => {
  const { page, url } = await openDemo()
  const other = await page.context().newPage()
  await other.goto(url)
  await isConnected(other, 'alice')
  await isConnected(page, 'alice')
  await send(page)
  for (const device of [page, other]) {
    await expect.poll(() => alertsOf(device, 'alice').getAttribute('aria-label')).toBe('Inbox: 1 unread')
    await expect.poll(() => titlesOf(device, 'alice')).toEqual(['Your order is on its way'])
  }
  await personOf(other, 'alice')
    .getByRole('button', { name: /^Mark as read/ })
    .click()
  await expect.poll(() => alertsOf(page, 'alice').getAttribute('aria-label')).toBe('Inbox: nothing unread')
  expect(await titlesOf(page, 'bob')).toEqual([])
})

test.each(['Cut silently', 'Cut hard'])('heals what was "%s", with nothing missed and nothing doubled', async (cut) => {
  const { page } = await openDemo()
  await isConnected(page, 'alice')
  await sendTen(page)
  await expect.poll(() => countersOf(page, 'alice')).toMatchObject({ sent: 10, shown: 10 })
  await personOf(page, 'alice').getByRole('button', { name: cut }).click()
  await sendTen(page)
  await expect.poll(() => countersOf(page, 'chen')).toMatchObject({ sent: 20, shown: 20 })
  expect(await countersOf(page, 'alice')).toMatchObject({ sent: 20, shown: 10, 'on-the-way': 10 })
  await personOf(page, 'alice').getByRole('button', { name: 'Reconnect' }).click()
  await expect
    .poll(() => countersOf(page, 'alice'))
    .toEqual({ sent: 20, shown: 20, 'on-the-way': 0, missed: 0, doubled: 0 })
  expect(await titlesOf(page, 'alice')).toEqual(await titlesOf(page, 'chen'))
  await expect.poll(() => alertsOf(page, 'alice').getAttribute('aria-label')).toBe('Inbox: 20 unread')
})

test('can be used in Arabic, on a phone, in the dark, and by everybody', async () => {
  const { page } = await openDemo()
  await isConnected(page, 'alice')
  await sendTen(page)
  await expect.poll(() => countersOf(page, 'alice')).toMatchObject({ shown: 10 })
  expect([await sidewaysPixels(page), await seriousFindings(page)]).toEqual([0, []])
  await page.setViewportSize(PHONE)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.getByRole('button', { name: 'العربية' }).click()
  await expect.poll(() => page.locator('html').getAttribute('dir')).toBe('rtl')
  const alerts = await personOf(page, 'alice').locator('.alerts').boundingBox()
  expect(alerts?.x).toBeLessThan(PHONE.width / 2)
  expect([await sidewaysPixels(page), await seriousFindings(page)]).toEqual([0, []])
})

test('restarts Herald, and what is sent meanwhile is on every screen once', async () => {
  const config = loadConfig({ PORT: '0', DATA_DIR: tempFolder(), DRAIN_MS: '500' })
  const fail = (error: unknown): never => expect.unreachable(String(error))
  const app = await startRestartable(config, { clock: systemClock, log: silentLog() }, fail)
  onTestFinished(app.close)
  const { page } = await openPage(app.links.at(-1)?.url.replace('/?', '/demo?') ?? '', { isCut: true })
  await isConnected(page, 'alice')
  await page.getByRole('button', { name: 'Restart Herald' }).click()
  expect(await page.getByRole('button', { name: 'Herald restarts…' }).isDisabled()).toBe(true)
  await sendTen(page)
  await sendTen(page)
  await page.getByRole('button', { name: 'Restart Herald' }).waitFor()
  for (const id of ['alice', 'chen'])
    await expect
      .poll(() => countersOf(page, id))
      .toEqual({ sent: 20, shown: 20, 'on-the-way': 0, missed: 0, doubled: 0 })
})
