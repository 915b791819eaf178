import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Device } from '../support/device.ts'
import { NOTIFY } from '../support/nodes.ts'
import { tempFolder } from '../support/temp.ts'

const EVENTS = `subscription ($after: Cursor) {
  notificationEvents(after: $after) { __typename ... on NotificationAdded { notification { id } cursor } ... on NotificationsReset { cursor } }
}`
const ADDED = 'subscription ($after: Cursor) { notificationAdded(after: $after) { id } }'

/** Sets every table back to what it was in a copy, under whoever has the database open. */
const reload = (file: string, copy: string): void => {
  const database = new DatabaseSync(file, { timeout: 5_000 })
  database.exec(`ATTACH '${copy}' AS kept`)
  const tables = database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .all()
  database.exec('BEGIN IMMEDIATE')
  for (const { name } of tables)
    database.exec(`DELETE FROM main.${name}; INSERT INTO main.${name} SELECT * FROM kept.${name}`)
  database.exec('COMMIT')
  database.close()
}

const copyOf = (file: string): string => {
  const copy = join(tempFolder(), 'copy.db')
  const database = new DatabaseSync(file, { timeout: 5_000 })
  database.exec(`VACUUM INTO '${copy}'`)
  database.close()
  return copy
}

const notify = async (backend: Device, count: number): Promise<void> => {
  for (let sent = 0; sent < count; sent++) await backend.run(NOTIFY, { to: 'alice' })
}

const cursorNow = async (device: Device): Promise<string> =>
  (await device.run('{ notifications(first: 1) { resumeCursor } }'))['notifications'].resumeCursor

describe('a database that goes back in time, and writes 20 times before anybody looks,', () => {
  test('while stopped: its lost future has expired, and what was before it goes on', async () => {
    const env = { DATA_DIR: tempFolder() }
    const file = join(env.DATA_DIR, 'herald.db')
    const first = await startTestApp({ env })
    const backend = await connectDevice(first, 'shop', 'backend')
    const alice = await connectDevice(first, 'alice')
    await notify(backend, 10)
    const copy = copyOf(file)
    await notify(backend, 15)
    const lost = await cursorNow(alice)
    await first.close()
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
    copyFileSync(copy, file)

    const second = await startTestApp({ env })
    await notify(await connectDevice(second, 'shop', 'backend'), 20)
    const again = await connectDevice(second, 'alice')
    await expect(again.subscribe(EVENTS, { after: lost }).next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    const now = await cursorNow(again)
    await second.close()

    const third = await startTestApp({ env })
    const added = (await connectDevice(third, 'alice')).subscribe(ADDED, { after: now })
    await notify(await connectDevice(third, 'shop', 'backend'), 1)
    expect(await added.result()).toMatchObject({ extensions: { resume: null } })
  })

  test('under a running node: those who follow are told at once, and their counts are right', {
    timeout: 60_000,
  }, async () => {
    const env = { DATA_DIR: tempFolder() }
    const file = join(env.DATA_DIR, 'herald.db')
    const app = await startTestApp({ env })
    const backend = await connectDevice(app, 'shop', 'backend')
    const alice = await connectDevice(app, 'alice')
    await notify(backend, 10)
    const copy = copyOf(file)
    const events = alice.subscribe(EVENTS)
    const added = alice.subscribe(ADDED)
    const unread = alice.subscribe('subscription { unreadCount { count } }')
    expect(await unread.next()).toEqual({ unreadCount: { count: 10 } })
    while (events.waiting.length === 0 || added.waiting.length === 0) {
      await notify(backend, 1)
      await setTimeout(20)
    }
    await notify(backend, 15)
    const lost = await cursorNow(alice)
    // The node writes what it knows the database by every two seconds.
    await setTimeout(3_000)
    reload(file, copy)
    await notify(backend, 20)

    const isTold = async (stream: typeof events): Promise<unknown> => {
      for (;;) {
        const { data, extensions } = await stream.result()
        if (extensions?.['resume'] === 'expired') return data
      }
    }
    expect(await isTold(events)).toMatchObject({ notificationEvents: { __typename: 'NotificationsReset' } })
    expect(await isTold(added)).toMatchObject({ notificationAdded: {} })
    await expect(alice.subscribe(EVENTS, { after: lost }).next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    await notify(backend, 1)
    expect(await events.next()).toMatchObject({ notificationEvents: { __typename: 'NotificationAdded' } })
    let count = 0
    while (count !== 31) count = (await unread.next())['unreadCount'].count
  })
})
