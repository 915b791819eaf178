import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { systemClock as clock } from '../../src/lib/clock.ts'
import { startRestartable } from '../../src/restartable.ts'
import { ask } from '../support/ask.ts'
import { connectWith } from '../support/device.ts'
import { silentLog } from '../support/embedded.ts'
import { tempFolder } from '../support/temp.ts'

const NOTIFY =
  'mutation ($title: String!) { notify(input: { userIds: ["alice"], notification: { type: "a.b", title: $title } }) { notificationId } }'

/** The close code of a drain. */
const RESTART = 1012

async function start() {
  const failures: unknown[] = []
  const config = loadConfig({ PORT: '0', DATA_DIR: tempFolder(), DRAIN_MS: '0' })
  const app = await startRestartable(config, { clock, log: silentLog() }, (error) => failures.push(error))
  onTestFinished(app.close)
  const page = await fetch(app.links.at(-1)!.url.replace('/?', '/demo?'), { headers: { accept: 'text/html' } })
  const { people, restart } = JSON.parse(/id="setup">(.*)<\/script>/.exec(await page.text())?.[1] ?? '')
  const tokenOf = (id: string): string => people.find((person: { id: string }) => person.id === id).token
  const isReady = (): Promise<boolean> =>
    fetch(new URL('/ready', app.url)).then(
      ({ ok }) => ok,
      () => false,
    )
  return {
    app,
    tokenOf,
    isReady,
    restart: async () => (await fetch(new URL(restart, app.url), { method: 'POST' })).status,
    notify: (title: string) =>
      ask(app.url, { query: NOTIFY, variables: { title } }, { authorization: `Bearer ${tokenOf('shop')}` }),
    failures,
  }
}

test('restarts at the same address, and a stock client misses nothing', async () => {
  const { app, tokenOf, restart, notify, isReady, failures } = await start()
  const closed: number[] = []
  const device = connectWith({ deviceUrl: () => app.url.replace('http', 'ws') }, tokenOf('alice'), {
    retryAttempts: 100,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    shouldRetry: () => true,
    on: { closed: (event) => closed.push((event as CloseEvent).code) },
  })
  const stream = device.subscribe('subscription { notificationAdded { title } }')
  await device.run('{ me { id } }')
  await notify('before')
  for (const nth of [1, 2]) {
    expect(await restart()).toBe(202)
    await expect.poll(() => closed.filter((code) => code === RESTART)).toHaveLength(nth)
    await expect.poll(isReady).toBe(true)
    await notify(`after ${nth}`)
  }
  // What was not acknowledged before a restart may come twice.
  const titles = new Set<string>()
  while (titles.size < 3) titles.add((await stream.next())['notificationAdded'].title)
  expect([...titles]).toEqual(['before', 'after 1', 'after 2'])
  expect(failures).toEqual([])
})

test('a stop in the middle of a restart stops what was started, too', async () => {
  const { app, restart, isReady, failures } = await start()
  await Promise.all([restart(), restart()])
  await app.close()
  expect(await isReady()).toBe(false)
  expect(failures).toEqual([])
})
