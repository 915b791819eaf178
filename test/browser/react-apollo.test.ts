import { test } from 'vitest'
import { openShop, tryCuts, tryDevices } from '../support/shop.ts'
import { serveExample } from '../support/vite-example.ts'

const serve = (env: Readonly<Record<string, string>>): Promise<string> => serveExample('react-apollo', env)

test('is the same on two devices and in two tabs, and shows who types, but no note', async () => {
  await tryDevices(await openShop(serve))
})

test('misses nothing and shows nothing twice, whatever happens to network, Herald and token', async () => {
  await tryCuts(await openShop(serve))
})
