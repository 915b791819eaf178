import { expect, onTestFinished, test } from 'vitest'
import type { NotificationFilter } from '../../packages/client/src/document-types.ts'
import { INBOX_PAGE } from '../../packages/client/src/documents.ts'
import { createInbox, type Inbox, type InboxOptions } from '../../packages/client/src/inbox.ts'
import { connectDevice } from '../support/device.ts'
import { aliceToken, openKit, openScene } from '../support/kit.ts'

async function openInboxes(...options: readonly (InboxOptions | undefined)[]) {
  return openInboxesAt(undefined, ...options)
}

/** The inboxes of clients whose clock says `now`, where that matters. */
async function openInboxesAt(now: (() => number) | undefined, ...options: readonly (InboxOptions | undefined)[]) {
  const scene = await openScene()
  const open = (one: InboxOptions | undefined): Inbox => {
    const inbox = createInbox(openKit({ url: scene.url, token: aliceToken, ...(now && { now }) }), one)
    onTestFinished(inbox.subscribe(() => {}))
    return inbox
  }
  const inboxes = options.map(open)
  for (const inbox of inboxes) await expect.poll(() => inbox.getSnapshot().status).toBe('ready')
  return { ...scene, inboxes, open }
}

function titles(inbox: Inbox): readonly string[] {
  return inbox.getSnapshot().items.map(({ title }) => title)
}

function idOf(inbox: Inbox, wanted: string): string {
  return inbox.getSnapshot().items.find(({ title }) => title === wanted)!.id
}

test('what arrives is on all devices, and a mark, too', async () => {
  const { inboxes, notify } = await openInboxes(undefined, undefined)
  const [phone, laptop] = inboxes as [Inbox, Inbox]
  await notify('One')
  await notify('Two')
  for (const inbox of inboxes) await expect.poll(() => titles(inbox)).toEqual(['Two', 'One'])
  const marking = phone.markAsRead([idOf(phone, 'One')])
  expect(phone.getSnapshot()).toMatchObject({ pending: 1, unread: { count: 2 }, unseen: { count: 2 } })
  expect(phone.getSnapshot().items[1]?.readAt).not.toBeNull()
  await marking
  for (const inbox of inboxes) {
    await expect
      .poll(() => inbox.getSnapshot())
      .toMatchObject({ unread: { count: 1 }, unseen: { count: 1 }, pending: 0 })
    expect(inbox.getSnapshot().items.map(({ readAt }) => readAt !== null)).toEqual([false, true])
  }
  await laptop.archive([idOf(laptop, 'Two')])
  await expect.poll(() => titles(phone)).toEqual(['One'])
})

test('a mark that Herald refuses is taken off again, and nobody has to wait for it', async () => {
  const { inboxes, notify, backend } = await openInboxes(undefined)
  const [inbox] = inboxes as [Inbox]
  await notify('One')
  await expect.poll(() => titles(inbox)).toEqual(['One'])
  const id = idOf(inbox, 'One')
  void inbox.markAsRead([id, 'of somebody else'])
  expect(inbox.getSnapshot().items[0]?.readAt).not.toBeNull()
  await expect.poll(() => inbox.getSnapshot().error).toMatchObject({ code: 'NOT_FOUND' })
  expect(inbox.getSnapshot()).toMatchObject({ status: 'ready', pending: 0, items: [{ readAt: null }] })
  await expect(inbox.delete(['of somebody else'])).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await backend.run('mutation ($ids: [ID!]!) { retractNotifications(ids: $ids) }', { ids: [id] })
  await expect.poll(() => inbox.getSnapshot()).toMatchObject({ items: [], error: null, unread: { count: 0 } })
})

test('marks made without a network are shown, and done when it is back', async () => {
  const { inboxes, notify, network } = await openInboxes(undefined)
  const [inbox] = inboxes as [Inbox]
  await notify('One')
  await expect.poll(() => titles(inbox)).toEqual(['One'])
  const allow = await network.refuse()
  const marking = inbox.markAllAsRead()
  expect(inbox.getSnapshot()).toMatchObject({ pending: 1, unread: { count: 1 } })
  expect(inbox.getSnapshot().items[0]?.readAt).not.toBeNull()
  await allow()
  await marking
  await expect.poll(() => inbox.getSnapshot()).toMatchObject({ pending: 0, unread: { count: 0 } })
})

test('pages are added, a filter holds, and what is snoozed comes back on top', async () => {
  const { inboxes, notify } = await openInboxes(
    { pageSize: 2 },
    { filter: { read: false } },
    { filter: { archived: true } },
  )
  const [inbox, unread, archive] = inboxes as [Inbox, Inbox, Inbox]
  for (const title of ['1', '2', '3', '4', '5']) await notify(title)
  await expect.poll(() => titles(unread)).toEqual(['5', '4', '3', '2', '1'])
  await inbox.reload()
  expect(inbox.getSnapshot()).toMatchObject({ hasMore: false })
  await unread.markAsRead([idOf(unread, '2'), idOf(unread, '5')])
  await expect.poll(() => titles(unread)).toEqual(['4', '3', '1'])
  await unread.markAsUnread([idOf(inbox, '2')])
  await expect.poll(() => titles(unread)).toEqual(['4', '3', '2', '1'])
  await inbox.archiveAll({ onlyRead: true })
  await expect.poll(() => titles(archive)).toEqual(['5'])
  await archive.unarchive([idOf(archive, '5')])
  await expect.poll(() => titles(inbox)).toEqual(['5', '4', '3', '2', '1'])
  expect(titles(archive)).toEqual([])
  const three = idOf(inbox, '3')
  await inbox.snooze([three], new Date(Date.now() + 3_600_000))
  expect(titles(inbox)).toEqual(['5', '4', '2', '1'])
  await inbox.unsnooze([three])
  await expect.poll(() => titles(inbox)).toEqual(['3', '5', '4', '2', '1'])
})

test('older ones are loaded page by page, each once', async () => {
  const { notify, open } = await openInboxes()
  for (const title of ['1', '2', '3', '4', '5']) await notify(title)
  const inbox = open({ pageSize: 2 })
  await expect.poll(() => titles(inbox)).toEqual(['5', '4'])
  expect(inbox.getSnapshot().hasMore).toBe(true)
  await inbox.archive([idOf(inbox, '4')])
  const loading = inbox.loadMore()
  expect(inbox.getSnapshot().isLoadingMore).toBe(true)
  await notify('6')
  await loading
  await expect.poll(() => titles(inbox)).toEqual(['6', '5', '3', '2'])
  await inbox.loadMore()
  expect(titles(inbox)).toEqual(['6', '5', '3', '2', '1'])
  expect(inbox.getSnapshot()).toMatchObject({ hasMore: false, isLoadingMore: false })
})

test('a group is one entry that moves up, and what did not change keeps its identity', async () => {
  const { inboxes, notify, backend } = await openInboxes(undefined)
  const [inbox] = inboxes as [Inbox]
  const like = (title: string) =>
    backend.run('mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }', {
      input: { userIds: ['alice'], notification: { type: 'like', title, groupKey: 'post' } },
    })
  await like('Bob')
  await notify('Other')
  await expect.poll(() => titles(inbox)).toEqual(['Other', 'Bob'])
  const [other] = inbox.getSnapshot().items
  await like('Cara')
  await expect.poll(() => titles(inbox)).toEqual(['Cara', 'Other'])
  expect(inbox.getSnapshot()).toMatchObject({ unread: { count: 2 }, items: [{ group: { count: 2 } }, {}] })
  expect(inbox.getSnapshot().items[1]).toBe(other)
})

test('after many events that were missed, the list is loaded rather than played', async () => {
  // All of them come in the same moment.
  const { inboxes, network, backend, notify } = await openInboxesAt(() => 0, undefined)
  const [inbox] = inboxes as [Inbox]
  await notify('Old')
  await expect.poll(() => titles(inbox)).toEqual(['Old'])
  let shown = 0
  inbox.subscribe(() => {
    shown += 1
  })
  const allow = await network.refuse()
  const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
  const input = (n: number) => ({ userIds: ['alice'], notification: { type: 't.x', title: `${n}` } })
  await Promise.all(Array.from({ length: 240 }, (_, n) => backend.run(NOTIFY, { input: input(n) })))
  await notify('Last')
  await allow()
  await expect.poll(() => titles(inbox)[0]).toBe('Last')
  await expect.poll(() => inbox.getSnapshot().unread?.count).toBe(99)
  expect(titles(inbox).length).toBeLessThanOrEqual(222)
  expect(shown).toBeLessThan(60)
})

/** For each thing that can be filtered by, filters that take some of the notifications and not others. */
const FILTERS = {
  read: [true, false],
  seen: [true, false],
  archived: [true, null],
  snoozed: [true, null],
  muted: [true, false],
  categories: [['a']],
  types: [['a.x', 'b.x']],
  priorities: [['HIGH', 'URGENT']],
} as const satisfies Record<keyof NotificationFilter, readonly unknown[]>

test('each filter takes what the list of Herald takes, whatever becomes of a notification', async () => {
  const filters = Object.entries(FILTERS).flatMap(([key, values]) => values.map((value) => ({ [key]: value })))
  const { inboxes, backend, app } = await openInboxes(...filters.map((filter) => ({ filter })))
  const owner = await connectDevice(app, 'alice')
  await owner.run('mutation { setPreference(category: "b", inApp: false) { __typename } }')
  const ids: string[] = []
  for (const [n, type] of ['a.x', 'b.x', 'a.y', 'c.x', 'b.y', 'a.x'].entries()) {
    const notification = { type, title: `${n}`, priority: n % 2 ? 'HIGH' : 'LOW' }
    const { notify } = await backend.run(
      'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }',
      { input: { userIds: ['alice'], notification } },
    )
    ids.push(notify.notificationId)
  }
  const until = new Date(Date.now() + 3_600_000).toISOString()
  for (const mutation of [
    `markAsRead(ids: ["${ids[0]}", "${ids[1]}"]) { changed }`,
    `markAsSeen(ids: ["${ids[2]}"]) { changed }`,
    `archiveNotifications(ids: ["${ids[3]}"]) { changed }`,
    `snoozeNotifications(ids: ["${ids[4]}"], until: "${until}") { changed }`,
    `markAsUnread(ids: ["${ids[1]}"]) { changed }`,
  ])
    await owner.run(`mutation { ${mutation} }`)
  for (const [n, filter] of filters.entries()) {
    const { notifications } = await owner.run(INBOX_PAGE, { first: 100, filter, unseen: true })
    await expect
      .poll(() => inboxes[n]?.getSnapshot().items, { message: JSON.stringify(filter) })
      .toEqual(notifications.nodes)
  }
})
