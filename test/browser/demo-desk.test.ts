import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { PHONE, seriousFindings, sidewaysPixels } from '../support/browser.ts'
import { countersOf, isConnected, openDemo, personOf } from '../support/demo.ts'

function composerOf(page: Page, id: string): Locator {
  return personOf(page, id).locator('.composer textarea')
}

async function write(page: Page, id: string, text: string): Promise<void> {
  await composerOf(page, id).fill(text)
  await composerOf(page, id).press('Enter')
}

/** What is said in the ticket that a person has open, in the order of the screen. */
function saidTo(page: Page, id: string): Promise<readonly string[]> {
  return personOf(page, id).locator('.messages .body').allInnerTexts()
}

/** Alice asks something, and Bob opens it. */
async function openConversation() {
  const demo = await openDemo()
  const { page } = demo
  for (const id of ['alice', 'bob', 'chen']) await isConnected(page, id)
  await write(page, 'alice', 'My parcel is lost')
  const line = personOf(page, 'bob').locator('.ticket')
  await expect.poll(() => line.innerText()).toContain('My parcel is lost')
  await line.click()
  await expect.poll(() => saidTo(page, 'bob')).toEqual(['My parcel is lost'])
  return demo
}

test('carries a conversation: who is here, who types, what was read, who has taken it, and where it stands', async () => {
  const { page } = await openConversation()
  const [alice, bob] = [personOf(page, 'alice'), personOf(page, 'bob')]
  await expect.poll(() => alice.locator('[data-receipt]').innerText()).toBe('read')
  await expect.poll(() => bob.locator('.here').innerText()).toMatch(/Alice: online\s+Here: Alice/)
  expect(await alice.locator('.here').count()).toBe(0)
  await composerOf(page, 'alice').pressSequentially('It')
  await expect.poll(() => bob.locator('.typing').innerText()).toBe('Alice is typing…')
  await composerOf(page, 'alice').press('Enter')
  await expect.poll(() => bob.locator('.typing').innerText()).toBe('')
  await write(page, 'bob', 'I am looking into it.')
  await expect.poll(() => saidTo(page, 'alice')).toEqual(['My parcel is lost', 'It', 'I am looking into it.'])
  await expect.poll(() => bob.locator('[data-receipt]').innerText()).toBe('read')
  await bob.getByRole('button', { name: 'Take it' }).click()
  await expect.poll(() => bob.locator('.ticket .charge').innerText()).toBe('Bob')
  await bob.getByRole('button', { name: 'Nobody’s' }).click()
  await expect.poll(() => bob.locator('.ticket').count()).toBe(0)
  await bob.getByRole('button', { name: 'Mine' }).click()
  await expect.poll(() => bob.locator('.ticket').count()).toBe(1)
  await bob.getByRole('button', { name: 'Resolve' }).click()
  await expect.poll(() => alice.locator('.about .pill').innerText()).toBe('resolved')
  await write(page, 'alice', 'Not yet!')
  await expect.poll(() => alice.locator('.about .pill').innerText()).toBe('open')
  expect(await personOf(page, 'chen').locator('.ticket').count()).toBe(0)
  await composerOf(page, 'alice').press('Escape')
  await expect.poll(() => bob.locator('.viewers').count()).toBe(0)
  await write(page, 'bob', 'Still there?')
  await expect.poll(() => alice.locator('.ticket .badge').innerText()).toBe('1')
})

test('shows a note to agents alone: nothing of it reaches the connection of a customer', async () => {
  const { page, sockets } = await openConversation()
  await personOf(page, 'bob').getByLabel('Internal note').check()
  await write(page, 'bob', 'the-secret-note')
  await personOf(page, 'bob').getByLabel('Internal note').uncheck()
  await write(page, 'bob', 'A moment, please.')
  await expect.poll(() => saidTo(page, 'bob')).toEqual(['My parcel is lost', 'the-secret-note', 'A moment, please.'])
  await expect.poll(() => saidTo(page, 'alice')).toEqual(['My parcel is lost', 'A moment, please.'])
  const setup: { people: { id: string; token: string }[] } = JSON.parse(
    (await page.locator('#setup').textContent()) ?? '',
  )
  for (const [id, count] of [
    ['alice', 0],
    ['chen', 0],
    ['bob', 1],
  ] as const) {
    const token = setup.people.find((person) => person.id === id)?.token ?? ''
    const own = sockets.filter(({ sent }) => sent.some((frame) => frame.includes(token)))
    expect(own.length).toBeGreaterThan(0)
    const received = own.flatMap((socket) => socket.received)
    expect([id, received.some((frame) => frame.includes('the-secret-note'))]).toEqual([id, count === 1])
  }
  expect(await personOf(page, 'alice').innerText()).not.toMatch(/secret|Note/)
})

test.each([
  ['alice', 'Cut silently'],
  ['bob', 'Cut hard'],
])('heals a conversation of which %s was cut off ("%s")', async (id, cut) => {
  const { page } = await openConversation()
  await personOf(page, id).getByRole('button', { name: cut }).click()
  for (const author of ['alice', 'bob']) for (const n of [1, 2, 3]) await write(page, author, `${author} ${n}`)
  const other = id === 'alice' ? 'bob' : 'alice'
  await expect.poll(() => countersOf(page, id)).toMatchObject({ 'on-the-way': 3 })
  expect(await saidTo(page, other)).not.toContain(`${id} 1`)
  expect(await saidTo(page, id)).toContain(`${id} 3`)
  await personOf(page, id).getByRole('button', { name: 'Reconnect' }).click()
  const all = ['My parcel is lost', ...[other, id].flatMap((author) => [1, 2, 3].map((n) => `${author} ${n}`))]
  for (const one of ['alice', 'bob']) {
    await expect.poll(() => saidTo(page, one)).toEqual(all)
    await expect.poll(() => countersOf(page, one)).toMatchObject({ 'on-the-way': 0, missed: 0, doubled: 0 })
  }
})

test('the desk can be used in Arabic, on a phone, in the dark, and by everybody', async () => {
  const { page } = await openConversation()
  await personOf(page, 'bob').getByLabel('Internal note').check()
  await write(page, 'bob', 'A note')
  await expect.poll(() => saidTo(page, 'bob')).toContain('A note')
  expect([await sidewaysPixels(page), await seriousFindings(page)]).toEqual([0, []])
  await page.setViewportSize(PHONE)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.getByRole('button', { name: 'العربية' }).click()
  expect(await personOf(page, 'bob').isVisible()).toBe(false)
  await page.getByRole('button', { name: 'Bob', exact: true }).click()
  expect(await personOf(page, 'bob').isVisible()).toBe(true)
  expect(await personOf(page, 'alice').isVisible()).toBe(false)
  expect([await sidewaysPixels(page), await seriousFindings(page)]).toEqual([0, []])
})
