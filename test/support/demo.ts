import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { startTestApp } from './app.ts'
import { openPage } from './browser.ts'

/** What went over one WebSocket of the page. */
export interface Frames {
  readonly sent: readonly string[]
  readonly received: readonly string[]
}

/** The demo of a Herald of its own, in a browser. */
export async function openDemo(): Promise<{
  readonly page: Page
  readonly url: string
  readonly sockets: readonly Frames[]
}> {
  const { links } = await startTestApp({ env: { JWT_SECRET: '' } })
  const url = links?.at(-1)?.url.replace('/?', '/demo?') ?? ''
  const { page } = await openPage('about:blank')
  const sockets: Frames[] = []
  page.on('websocket', (socket) => {
    const sent: string[] = []
    const received: string[] = []
    sockets.push({ sent, received })
    socket.on('framesent', ({ payload }) => sent.push(String(payload)))
    socket.on('framereceived', ({ payload }) => received.push(String(payload)))
  })
  await page.goto(url)
  return { page, url, sockets }
}

/** The part of the page that is one person's. */
export function personOf(page: Page, id: string): Locator {
  return page.locator(`[data-person=${id}]`)
}

/** The counters of a person, such as `sent`. */
export async function countersOf(page: Page, id: string): Promise<Readonly<Record<string, number>>> {
  const all = personOf(page, id).locator('[data-count]')
  const pairs = await all.evaluateAll((them) =>
    them.map((one) => [one.getAttribute('data-count'), Number(one.querySelector('dd')?.textContent)]),
  )
  return Object.fromEntries(pairs)
}

/** Waits until a person is connected. */
export function isConnected(page: Page, id: string): Promise<unknown> {
  return expect.poll(() => personOf(page, id).locator('.state').innerText()).toBe('connected')
}
