import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { startTestApp } from '../support/app.ts'
import { succeed } from '../support/backups.ts'
import { connectDevice, type Device } from '../support/device.ts'
import { NOTIFY, nodeEnvironment, until } from '../support/nodes.ts'
import { startProcess } from '../support/process.ts'
import { useRedis } from '../support/redis.ts'
import { copyOf, reload } from '../support/sqlite-copies.ts'
import { tempFolder } from '../support/temp.ts'
import { createSend, cursorNow, followEverywhere } from '../support/ways-back.ts'
import { ADDED, EVENTS, INBOX, TICKET } from '../support/ways-back-places.ts'
import {
  expectAllExpired,
  expectExpired,
  expectGoesOn,
  type SetBack,
  setBackWhileStopped,
} from '../support/ways-back-stopped.ts'

const redis = useRedis()

/** A file over the database, the same one for the system, at a moment when nothing is in the write-ahead log. */
function copyInPlace(file: string, copy: string): void {
  const { ino } = statSync(file)
  const database = new DatabaseSync(file, { timeout: 5_000 })
  // The node is in this process, so it does nothing before the copy is there.
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  expect(statSync(`${file}-wal`).size).toBe(0)
  // Were it opened and closed here, SQLite would lose its locks (https://sqlite.org/howtocorrupt.html, section 2.2).
  execFileSync('cp', [copy, file])
  database.close()
  expect(statSync(file).ino).toBe(ino)
}

/** The node has written since now by what it knows the database, apart from the row by which its next start knows it. */
async function untilWitnessed(file: string): Promise<void> {
  const { node } = JSON.parse(readFileSync(join(dirname(file), 'herald-witness.json'), 'utf8'))
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  const written = database.prepare('SELECT max(count) AS count FROM witnesses WHERE node <> ?')
  const count = (): number => Number(written.get(node)?.['count'])
  const before = count()
  await until(async () => count() > before)
  database.close()
}

async function notify(backend: Device, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) await backend.run(NOTIFY, { to: 'alice' })
}

/** A file in the place of the database, as people copy it. */
function copyOver(file: string, copy: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  copyFileSync(copy, file)
}

async function restore(file: string, copy: string): Promise<void> {
  await succeed(['restore', copy], { DATA_DIR: dirname(file) })
}

/** All that Herald keeps is put back, and nothing is left that knows of what was lost. */
function putBackFolder(file: string, copy: string): void {
  copyOver(file, copy)
  rmSync(join(dirname(file), 'herald-witness.json'))
}

/** A Herald over a folder in which a database is set back while it is stopped. */
function setBackFile(setBack: (file: string, copy: string) => unknown, env: Environment = {}): Promise<SetBack> {
  const folder = tempFolder()
  const file = join(folder, 'herald.db')
  let copy = ''
  return setBackWhileStopped({
    start: async () => [await startTestApp({ env: { ...env, DATA_DIR: folder } })],
    keep: () => {
      copy = copyOf(file)
    },
    setBack: () => setBack(file, copy),
  })
}

describe('a database that goes back in time while it is stopped, and writes 20 times before anybody looks,', () => {
  test.each([
    ['by a file that is copied over it', copyOver],
    ['by herald restore', restore],
  ])('%s, expires all of before, also what screens still show', async (_, setBack) => {
    await expectAllExpired(await setBackFile(setBack))
  })

  test('by herald restore, also expires all of before where nodes share a Redis', async () => {
    const { REDIS_URL, REDIS_PREFIX } = nodeEnvironment(redis.url())
    await expectAllExpired(await setBackFile(restore, { REDIS_URL, REDIS_PREFIX }))
  })

  test('with its whole folder, expires the cursors of what was lost', async () => {
    const back = await setBackFile(putBackFolder)
    await expectExpired(back, back.late.cursor)
    await expectGoesOn(back, back.early.cursor)
  })

  test.each(['stopped', 'killed'])('but not when Herald was %s and its database is as it was', async (how) => {
    const env = { DATA_DIR: tempFolder() }
    const first = await startProcess(env)
    const send = createSend(await connectDevice(first, 'shop', 'backend'))
    await send(10)
    const cursor = await cursorNow(await connectDevice(first, 'alice'))
    await send(1)
    await first.stop(how === 'killed' ? 'SIGKILL' : 'SIGTERM')
    const second = await startTestApp({ env })
    const events = (await connectDevice(second, 'alice')).subscribe(EVENTS, { after: cursor })
    expect(await events.result()).toMatchObject({ extensions: { resume: null } })
  })
})

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
    await untilWitnessed(file)
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

  test.each([
    ['an inbox', 'a reload of its rows', reload, INBOX],
    ['a ticket', 'a reload of its rows', reload, TICKET],
    ['an inbox', 'a file that is copied over it in place', copyInPlace, INBOX],
  ])(
    'under a running node: whoever follows %s or comes back, in whichever way, is told of %s',
    async (_, __, setBack, place) => {
      const env = { DATA_DIR: tempFolder() }
      const file = join(env.DATA_DIR, 'herald.db')
      const app = await startTestApp({ env })
      let copy = ''
      const keep = async (): Promise<void> => {
        await untilWitnessed(file)
        copy = copyOf(file)
      }
      const user = await followEverywhere([app], keep, place)
      await untilWitnessed(file)
      setBack(file, copy)
      await user.send(20)
      await user.expectTold(30)
    },
  )
})
