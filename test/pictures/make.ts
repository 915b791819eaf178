import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { systemClock as clock } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { openChromium } from '../support/chromium.ts'

const FOLDER = resolve(import.meta.dirname, '../../docs/pictures')
const WIDE = { width: 1280, height: 1440 }
const PHONE = { width: 390, height: 844 }

async function write(page: Page, id: string, text: string): Promise<void> {
  const composer = page.locator(`[data-person=${id}] .composer textarea`)
  await composer.fill(text)
  await composer.press('Enter')
  await page.locator(`[data-person=${id}] .messages .body`, { hasText: text }).waitFor()
}

/** Plays what the pictures show: a customer asks, an agent answers and writes a note, somebody types, and a customer is cut off. */
async function play(page: Page): Promise<void> {
  const of = (id: string) => page.locator(`[data-person=${id}]`)
  const [alice, bob, chen] = [of('alice'), of('bob'), of('chen')]
  await page.getByRole('button', { name: 'Notify', exact: true }).click()
  await alice.locator('.inbox li').waitFor()
  await write(page, 'chen', 'How do I change my address?')
  await write(page, 'alice', 'My parcel is lost')
  await bob.locator('.ticket', { hasText: 'parcel' }).click()
  await write(page, 'bob', 'Hello Alice, I am asking the carrier.')
  await bob.getByRole('button', { name: 'Take it' }).click()
  await bob.getByLabel('Internal note').check()
  await write(page, 'bob', 'Third lost parcel this week.')
  await alice.locator('.messages .body', { hasText: 'carrier' }).waitFor()
  await alice.locator('[data-receipt=read]').waitFor()
  await chen.getByRole('button', { name: 'Cut silently' }).click()
  await page.getByRole('button', { name: 'Notify', exact: true }).click()
  await chen.locator('[data-count=on-the-way] dd', { hasText: '1' }).waitFor()
  await alice.locator('.composer textarea').pressSequentially('Thank you')
  await bob.locator('.typing', { hasText: 'Alice' }).waitFor()
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' })
}

/** Makes the pictures of the documentation, from the demo of a Herald that is started for this. */
async function makePictures(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pictures-'))
  const log = createLog({ level: 'warn', pretty: false })
  const app = await startApp(loadConfig({ PORT: '0', DATA_DIR: folder }), { clock, log })
  const server = await openChromium()
  const browser = await chromium.connect(server.wsEndpoint())
  const page = await browser.newPage({ viewport: WIDE, reducedMotion: 'reduce' })
  await page.goto(app.links.at(-1)?.url.replace('/?', '/demo?') ?? '')
  await play(page)
  await page.evaluate('scrollTo(0, 0)')
  await shoot(page, 'demo')
  await page.emulateMedia({ colorScheme: 'dark' })
  await shoot(page, 'demo-dark')
  await page.setViewportSize(PHONE)
  await page.getByRole('button', { name: 'العربية' }).click()
  await page.getByRole('button', { name: 'Bob', exact: true }).click()
  await page.locator('[data-person=bob] .chat').scrollIntoViewIfNeeded()
  await shoot(page, 'demo-phone')
  await browser.close()
  await server.close()
  await app.close()
  await rm(folder, { recursive: true })
}

await makePictures()
