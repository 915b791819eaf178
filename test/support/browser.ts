import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect, inject, onTestFinished } from 'vitest'

/** What a test finds out of a page beside what it shows. */
export interface OpenPage {
  readonly page: Page
  /** What went wrong in it so far: errors in the console, exceptions that nobody caught, requests that would leave this machine. */
  readonly problems: readonly string[]
}

export interface OpenPageOptions
  extends Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'locale' | 'reducedMotion'> {
  /** Whether Herald goes away meanwhile: then the browser says in the console that it could not be reached, which is no problem. */
  readonly isCut?: boolean
}

const CUT =
  /^(WebSocket connection to .* failed|Failed to load resource: (net::ERR_|the server responded with a status of 503))/

/** The width and height of a small phone. */
export const PHONE = { width: 360, height: 740 } as const

const HERE = new Set(['localhost', '127.0.0.1', '[::1]', ''])

let browser: Promise<Browser> | undefined

/** The connection of this worker to the Chromium of the run. It ends with the worker. */
function connected(): Promise<Browser> {
  browser ??= chromium.connect(inject('chromium'))
  return browser
}

function collectProblems(page: Page, isCut: boolean): readonly string[] {
  const problems: string[] = []
  const requireHere = (url: string): void => {
    if (!HERE.has(new URL(url).hostname)) problems.push(`asks another machine: ${url}`)
  }
  page.on('console', (said) => {
    if (said.type() === 'error' && !(isCut && CUT.test(said.text()))) problems.push(`console: ${said.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`))
  page.on('request', (request) => requireHere(request.url()))
  page.on('websocket', (socket) => requireHere(socket.url()))
  return problems
}

/**
 * Opens a page as a new visitor does: no cookies, no storage. It closes with the test, which fails when the page had a problem. Several pages
 * of one visitor are opened with `page.context().newPage()`, and are not watched.
 */
export async function openPage(url: string, { isCut = false, ...options }: OpenPageOptions = {}): Promise<OpenPage> {
  const context = await (await connected()).newContext({ reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const problems = collectProblems(page, isCut)
  onTestFinished(async () => {
    await context.close()
    expect(problems).toEqual([])
  })
  await page.goto(url)
  return { page, problems }
}

/** How many pixels can be seen only by scrolling sideways. 0 on a page that fits its window. */
export function sidewaysPixels(page: Page): Promise<number> {
  return page
    .evaluate('document.documentElement.scrollWidth - window.innerWidth')
    .then((pixels) => Math.max(0, Number(pixels)))
}

/** What axe finds that keeps people out (serious or critical), a line for each: the rule, and where. */
export async function seriousFindings(page: Page, within = 'document'): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const found = (await page.evaluate(`axe.run(${within}, { resultTypes: ['violations'] })`)) as axe.AxeResults
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} (${failureSummary})`),
    )
}
