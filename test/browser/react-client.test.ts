import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { openPage } from '../support/browser.ts'
import { openShop, tryCuts, tryDevices } from '../support/shop.ts'
import { serveExample } from '../support/vite-example.ts'
import { writtenLines } from '../support/written-lines.ts'

const SOURCES = resolve(import.meta.dirname, '../../examples/react-client/src')
const serve = (env: Readonly<Record<string, string>>): Promise<string> => serveExample('react-client', env)

test('is the same on two devices and in two tabs, and shows who types, but no note', async () => {
  await tryDevices(await openShop(serve))
})

test('misses nothing and shows nothing twice, whatever happens to network, Herald and token', async () => {
  await tryCuts(await openShop(serve))
})

test('asks for settings with an operation of its own, and changes them', async () => {
  const { address } = await openShop(serve)
  const { page } = await openPage(address)
  const mail = page.getByLabel('Mail me')
  await expect.poll(() => mail.isChecked()).toBe(true)
  await mail.uncheck()
  await page.reload()
  await expect.poll(() => mail.isVisible()).toBe(true)
  expect(await mail.isChecked()).toBe(false)
})

test('has connection, badge, list and chat in fewer than 60 lines beside the markup', () => {
  const files = ['main', 'app', 'inbox', 'chat'].map((name) => `${SOURCES}/${name}.tsx`)
  const lines = files.flatMap((file) => writtenLines(file))
  expect(lines.length).toBeGreaterThan(40)
  expect(lines.length).toBeLessThan(60)
})
