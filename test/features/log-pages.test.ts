import { expect, test } from 'vitest'
import type { Description, Entry } from '../../src/delivery/description.ts'
import { lastTerm } from '../../src/storage/stream-terms.ts'
import { ann, openScene } from '../support/notifications.ts'
import { customer, openDesk } from '../support/tickets.ts'

// Whoever is behind is sent the store a page at a time, so pages are bounded in bytes, too.

const SMALL = 'x'
const LARGE = 'x'.repeat(40_000)

/** The pages from the beginning. */
async function walk<Item>(log: Description<Item>): Promise<readonly (readonly Entry<Item>[])[]> {
  if (log.kind !== 'log') throw new Error('No log')
  const pages: (readonly Entry<Item>[])[] = []
  for (let after = 0, term = lastTerm(log.terms); ; ) {
    const page = await log.read(after, term)
    pages.push(page.entries)
    if (!page.hasMore) return pages
    after = page.revision
    term = page.term
  }
}

function sizes(pages: readonly (readonly unknown[])[]): readonly number[] {
  return pages.map(({ length }) => length)
}

// A page ends with the entry with which it has more than 64 KiB.
const BODIES = [SMALL, LARGE, LARGE, LARGE, SMALL, SMALL]
const PAGES = [3, 3]

test('a page of a conversation ends where it is large enough', async () => {
  const { tickets, open, say } = await openDesk()
  await open('t', 'ann')
  for (const body of BODIES) await say(customer('ann'), 't', body)
  const pages = await walk(await tickets.followMessages(customer('ann'), 'c', 't', null))
  expect(sizes(pages)).toEqual(PAGES)
  expect(pages.flat().map(({ item }) => item.body)).toEqual(BODIES)
  expect(
    sizes(await walk(await tickets.followMessages(customer('ann'), 'c', 't', null, new Set(['id', 'author'])))),
    'bodies that nobody wants take nothing',
  ).toEqual([BODIES.length])
})

test('a page of an inbox ends where it is large enough', async () => {
  const { notifications, send, begin } = await openScene()
  await begin('ann')
  for (const body of BODIES) await send('ann', { body })
  const added = await walk(await notifications.followAdded(ann, null))
  expect(sizes(added)).toEqual(PAGES)
  expect(added.flat().map(({ item }) => item.body)).toEqual(BODIES)
  const events = await walk(await notifications.followEvents(ann, null))
  expect(sizes(events)).toEqual(PAGES)
  expect(sizes(await walk(await notifications.followAdded(ann, null, new Set(['id']))))).toEqual([BODIES.length])
})

test('a page of small entries has as many as ever', async () => {
  const { tickets, open, say } = await openDesk()
  await open('t', 'ann')
  for (let n = 0; n < 150; n += 1) await say(customer('ann'), 't', `message ${n}`)
  expect(sizes(await walk(await tickets.followMessages(customer('ann'), 'c', 't', null)))).toEqual([100, 50])
})
