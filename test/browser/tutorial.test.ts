import { execFile, spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { openPage } from '../support/browser.ts'
import { blocksOf } from '../support/documentation.ts'
import { type HeraldProcess, startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** The commands of the tutorial, in its order. */
const [START, MAKE_FOLDER, START_SHOP, PAY, PAY_ANOTHER, START_AGAIN, PAY_THIRD, ...more] = blocksOf(
  'docs/tutorial.md',
  'sh',
).map(({ text }) => text)
const [, SECRET = ''] = START?.match(/JWT_SECRET=(\S+)/) ?? []

/** Saves the files of the tutorial in a new folder, with the package that it installs. */
function makeShop(): string {
  const folder = join(tempFolder(), 'shop')
  cpSync(join(ROOT, 'examples/tutorial'), folder, { recursive: true })
  cpSync(join(ROOT, 'node_modules/graphql-ws'), join(folder, 'node_modules/graphql-ws'), { recursive: true })
  return folder
}

/** Starts the shop with the command of the tutorial, and resolves with its address. */
async function startShop(folder: string, herald: string): Promise<string> {
  const child = spawn('sh', ['-c', `exec env ${START_SHOP}`], {
    cwd: folder,
    env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, HERALD_URL: herald, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return (await lines.next()).value?.match(/http:\S+/)?.[0] ?? ''
}

/** What a window shows: the badge, and each line of the list. */
function shown(page: Page): Promise<readonly string[]> {
  return page.locator('#badge, #list li').allInnerTexts()
}

test('the tutorial, to the letter: an inbox in two windows that survives a restart', async () => {
  expect([MAKE_FOLDER, START_AGAIN, more]).toEqual([
    'mkdir shop && cd shop\nnpm init --yes\nnpm install graphql-ws\n',
    'npm start\n',
    [],
  ])
  const folder = makeShop()
  const settings = { JWT_SECRET: SECRET, DATA_DIR: join(folder, 'data') }
  const herald = await startProcess(settings)
  const { port } = new URL(herald.url)
  const shop = await startShop(folder, herald.url)
  const address = `${shop}?user=alice&herald=${encodeURIComponent(herald.wsUrl)}`
  const windows = [await openPage(address, { isCut: true }), await openPage(address, { isCut: true })].map(
    ({ page }) => page,
  )
  const both = async (...texts: readonly string[]) => {
    for (const page of windows) await expect.poll(() => shown(page)).toEqual(texts)
  }
  const pay = async (command = '') => {
    const { stdout } = await run('sh', ['-e', '-c', command.replace('http://127.0.0.1:3000/', shop)])
    expect(stdout).toBe('Told alice.\n')
  }
  await both('0')
  await pay(PAY)
  await both('1', '● Invoice 4711 is paid')
  await pay(PAY)
  await pay(PAY_ANOTHER)
  await both('2', '● Invoice 4712 is paid', '● Invoice 4711 is paid')
  await windows[0]?.getByRole('button').click()
  await both('0', 'Invoice 4712 is paid', 'Invoice 4711 is paid')
  await herald.stop('SIGINT')
  const again: HeraldProcess = await startProcess({ ...settings, PORT: port })
  expect(again.url).toBe(herald.url)
  await pay(PAY_THIRD)
  const third = ['1', '● Invoice 4713 is paid', 'Invoice 4712 is paid', 'Invoice 4711 is paid']
  await both(...third)
  await windows[1]?.reload()
  await both(...third)
})
