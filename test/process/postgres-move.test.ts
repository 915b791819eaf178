import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { fail, makeLarge, succeed, TOLD_HOW_FAR } from '../support/backups.ts'
import { heraldHere } from '../support/command-line.ts'
import { connectDevice, type Device } from '../support/device.ts'
import { NOTIFY } from '../support/nodes.ts'
import { makeDatabase } from '../support/postgres-databases.ts'
import { tempFolder } from '../support/temp.ts'

const LIST = `{
  notifications(first: 100) { nodes { id type title body data actor { id name } readAt createdAt expiresAt } unread { count revision } resumeCursor }
  tickets(first: 10) { nodes { id subject status participants { user { name } lastReadNumber } unreadCount
    messages(last: 50) { nodes { id number body createdAt editedAt } } } }
}`

async function emptyDatabase(): Promise<string> {
  const { url, drop } = await makeDatabase(inject('postgres'))
  onTestFinished(drop)
  return url
}

/** A product's day, in short. */
async function fill(backend: Device, alice: Device): Promise<void> {
  const notification = {
    type: 'a.b',
    title: 'Hé 🎉',
    body: 'x\ny',
    data: { n: 1.5 },
    actor: { id: 'bob' },
  }
  const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
  const others = Array.from({ length: 600 }, (_, n) => `user-${n}`)
  for (const userIds of [['alice'], ['alice', ...others]]) {
    await backend.run(NOTIFY, { input: { userIds, notification, idempotencyKey: `k-${userIds.length}` } })
  }
  const { notifications } = await alice.run('{ notifications { nodes { id } } }')
  await alice.run('mutation ($ids: [ID!]!) { markAsRead(ids: $ids) { changed } }', { ids: [notifications.nodes[0].id] })
  await backend.run('mutation { announce(input: { notification: { type: "news", title: "News" } }) { isDuplicate } }')
  await backend.run(
    'mutation { upsertTicket(input: { id: "42", subject: "Lamp", participants: [{ id: "alice" }] }) { id } }',
  )
  await alice.run(
    'mutation { sendTicketMessage(input: { ticketId: "42", body: "Broken", clientMessageId: "c" }) { isDuplicate } }',
  )
}

test('a backup of the embedded database, restored with DATABASE_URL, is all in Postgres', async () => {
  const dataDir = tempFolder()
  const before = await startTestApp({ env: { DATA_DIR: dataDir } })
  const [backend, alice] = [await connectDevice(before, 'shop', 'backend'), await connectDevice(before, 'alice')]
  await fill(backend, alice)
  const { notifications, tickets } = await alice.run(LIST)
  await before.close()
  const backup = join(tempFolder(), 'backup.db')
  await succeed(['backup', backup], { DATA_DIR: dataDir })

  const DATABASE_URL = await emptyDatabase()
  expect(await succeed(['restore', backup], { DATABASE_URL })).toMatch(/: \d{4} rows\. .*new history/)
  expect(await fail(['restore', backup], { DATABASE_URL })).toContain('give one that is empty. Nothing was changed.')

  const after = await startTestApp({ env: { DATA_DIR: tempFolder(), DATABASE_URL } })
  const again = await connectDevice(after, 'alice')
  // The index of SQLite stays where it was; Postgres has made its own.
  const found = '{ searchTickets(query: "brok") { nodes { message { body } excerpt } } }'
  expect(await again.run(found)).toEqual({
    searchTickets: { nodes: [{ message: { body: 'Broken' }, excerpt: 'Broken' }] },
  })
  const { resumeCursor: _, ...list } = notifications
  expect(await again.run(LIST)).toMatchObject({ notifications: list, tickets })
  const old = again.subscribe('subscription ($after: Cursor) { notificationAdded(after: $after) { title } }', {
    after: notifications.resumeCursor,
  })
  await expect(old.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  const shop = await connectDevice(after, 'shop', 'backend')
  const repeated = { userIds: ['alice'], notification: { type: 'a.b', title: 'Other' }, idempotencyKey: 'k-1' }
  const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { isDuplicate } }'
  await expect(shop.run(NOTIFY, { input: repeated })).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('a large backup says how far its move is', async () => {
  const dataDir = tempFolder()
  const before = await startTestApp({ env: { DATA_DIR: dataDir } })
  await (await connectDevice(before, 'shop', 'backend')).run(NOTIFY, { to: 'alice' })
  await before.close()
  const backup = join(tempFolder(), 'backup.db')
  await succeed(['backup', backup], { DATA_DIR: dataDir })
  makeLarge(backup)
  const { code, stderr } = await heraldHere(['restore', backup], { DATABASE_URL: await emptyDatabase() })
  expect(code).toBe(0)
  expect(stderr).toMatch(TOLD_HOW_FAR)
})

test('a database of Postgres that was set back begins a new history with --renew', async () => {
  const DATABASE_URL = await emptyDatabase()
  const env = { DATA_DIR: tempFolder(), DATABASE_URL }
  const before = await startTestApp({ env })
  const { unreadCount, notifications } = await (await connectDevice(before, 'alice')).run(
    '{ unreadCount { count } notifications { resumeCursor } }',
  )
  expect(unreadCount).toEqual({ count: 0 })
  await before.close()
  expect(await succeed(['restore', '--renew'], { DATABASE_URL })).toContain('begins a new history')
  const after = await startTestApp({ env })
  const alice = await connectDevice(after, 'alice')
  const old = alice.subscribe('subscription ($after: Cursor) { notificationAdded(after: $after) { title } }', {
    after: notifications.resumeCursor,
  })
  await expect(old.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
})

test('a database that cannot be reached is said so in one sentence', async () => {
  const backup = join(tempFolder(), 'backup.db')
  const dataDir = tempFolder()
  await (await startTestApp({ env: { DATA_DIR: dataDir } })).close()
  await succeed(['backup', backup], { DATA_DIR: dataDir })
  const DATABASE_URL = 'postgres://herald:topsecret@127.0.0.1:1/herald'
  for (const args of [
    ['restore', backup],
    ['restore', '--renew'],
  ]) {
    const sentence = await fail(args, { DATABASE_URL })
    expect(sentence).not.toContain('topsecret')
    expect(sentence).toContain('Nothing was changed.')
  }
})
