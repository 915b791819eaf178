import { test } from 'vitest'
import { startHtmlExample } from '../support/html-example.ts'
import { openShop, tryCuts, tryDevices } from '../support/shop.ts'

const serve = async (env: Readonly<Record<string, string>>): Promise<string> =>
  `${await startHtmlExample(env)}?herald=${encodeURIComponent(env['VITE_HERALD_URL'] ?? '')}`

test('without a build, a page is the same on two devices and in two tabs, and shows who types, but no note', async () => {
  await tryDevices(await openShop(serve))
})

test('without a build, a page misses nothing and shows nothing twice, whatever happens to network, Herald and token', async () => {
  await tryCuts(await openShop(serve))
})
