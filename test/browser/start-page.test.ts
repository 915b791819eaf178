import { expect, test } from 'vitest'
import { renderStartPage } from '../../src/server/start-page.ts'
import { startTestApp } from '../support/app.ts'
import { openPage, PHONE, seriousFindings, sidewaysPixels } from '../support/browser.ts'

test('leads to GraphiQL as each of three people, with a token', async () => {
  const { links } = await startTestApp({ env: { JWT_SECRET: '' } })
  const { page } = await openPage(links?.at(-1)?.url ?? '')
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Herald is running')
  const people = page.getByRole('region', { name: 'Be three people' }).getByRole('link')
  const addresses = await people.evaluateAll((all) => all.map((one) => (one as unknown as { href: string }).href))
  expect(addresses).toEqual(links?.slice(0, 3).map(({ url }) => url))
  for (const address of addresses) {
    const answer = await fetch(address, { headers: { accept: 'text/html' } })
    expect(await answer.text()).toMatch(/Bearer [\w.-]+/)
  }
  expect(await page.getByRole('note').count()).toBe(0)
})

test('has commands that find this Herald, on whichever port it is', async () => {
  const { links, url } = await startTestApp({ env: { JWT_SECRET: '' } })
  const { page } = await openPage(links?.at(-1)?.url ?? '')
  const { origin } = new URL(url)
  const commands = await page.getByRole('region', { name: 'Two commands' }).locator('code').allInnerTexts()
  const own = `--url ${origin}`
  expect(commands).toEqual([expect.stringContaining(own), expect.stringContaining(own)])
  const page4000 = renderStartPage({ path: '/graphql', key: undefined, hasDemo: true, port: 4000 })
  expect(page4000).toContain('listen --user alice</code>')
})

test.each(['light', 'dark'] as const)(
  'can be read by everybody, on a phone and on a desk, when it is %s',
  async (colorScheme) => {
    const { links } = await startTestApp({ env: { JWT_SECRET: '' } })
    const { page } = await openPage(links?.at(-1)?.url ?? '', { colorScheme, viewport: PHONE })
    expect([await sidewaysPixels(page), await seriousFindings(page)]).toEqual([0, []])
    await page.setViewportSize({ width: 1280, height: 800 })
    expect([await sidewaysPixels(page), await seriousFindings(page)]).toEqual([0, []])
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').innerText()).toContain('Open the demo')
  },
)
