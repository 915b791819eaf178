import { randomUUID } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { change, fail, makeLarge, query, succeed, TOLD_HOW_FAR, titlesIn } from '../support/backups.ts'
import { BEFORE_WORDS } from '../support/before-words.ts'
import { herald, heraldHere } from '../support/command-line.ts'
import { connectDevice } from '../support/device.ts'
import { post, startProcess } from '../support/process.ts'
import { ADDED, acknowledge, begin, drop, expectNext, follow, openScene, type Scene } from '../support/resume.ts'
import { tempFolder } from '../support/temp.ts'

function databaseOf(dataDir: string): string {
  return join(dataDir, 'herald.db')
}

async function listOf({ app }: Scene) {
  const token = await signTestToken('alice')
  const { body } = await ask(app.url, '{ notifications { nodes { title } resumeCursor } }', {
    authorization: `Bearer ${token}`,
  })
  const { nodes, resumeCursor } = body['data'].notifications
  return { titles: nodes.map(({ title }: { title: string }) => title).reverse(), resumeCursor }
}

/** A Herald that was stopped: it has One and Two, and a backup of the time when it had One. */
async function openStopped() {
  const scene = await openScene()
  const { dataDir } = scene
  await scene.notify('One')
  const backup = join(tempFolder(), 'backup.db')
  await succeed(['backup', backup], { DATA_DIR: dataDir })
  await scene.notify('Two')
  const { resumeCursor } = await listOf(scene)
  await scene.app.close()
  return { env: { DATA_DIR: dataDir }, dataDir, database: databaseOf(dataDir), backup, resumeCursor }
}

function expectUntouched(dataDir: string): void {
  expect(titlesIn(databaseOf(dataDir))).toEqual(['One', 'Two'])
  expect(readdirSync(dataDir).filter((name) => name.startsWith('herald.db'))).toEqual(['herald.db'])
}

describe('herald restore', () => {
  test('puts the backup in the place of the database, which stays beside it', async () => {
    const { env, dataDir, database, backup } = await openStopped()
    expect(statSync(backup).mode & 0o777).toBe(0o600)
    chmodSync(database, 0o640)
    const printed = await succeed(['restore', backup], env)
    const old = /What was there before is (\S+)\.\n$/.exec(printed)?.[1] ?? ''
    expect(printed.split('\n')).toHaveLength(2)
    expect(titlesIn(old)).toEqual(['One', 'Two'])
    expect(titlesIn(database)).toEqual(['One'])
    expect(statSync(database).mode & 0o777).toBe(0o640)
    expect(readdirSync(dataDir).filter((name) => /-wal|-shm|restoring/.test(name))).toEqual([])
    const after = await openScene(dataDir)
    expect((await listOf(after)).titles).toEqual(['One'])
  })

  test('brings a backup of an older Herald up to date', async () => {
    const { env, dataDir, backup } = await openStopped()
    // As migration 0017 found it.
    change(backup, BEFORE_WORDS.join(';'))
    await succeed(['restore', backup], env)
    const after = await openScene(dataDir)
    await after.notify('Three')
    expect((await listOf(after)).titles).toEqual(['One', 'Three'])
  })

  test('has every cursor of before expire, and continues from those of after', async () => {
    const { env, dataDir, backup, resumeCursor } = await openStopped()
    await succeed(['restore', backup], env)
    const after = await openScene(dataDir)
    for (const title of ['Other two', 'Three']) await after.notify(title)
    const alice = await connectDevice(after.app, 'alice')
    const old = alice.subscribe(ADDED, { after: resumeCursor })
    await expect(old.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    const { resumeCursor: present } = await listOf(after)
    const added = alice.subscribe(ADDED, { after: present })
    await after.notify('Four')
    expect(await added.next()).toEqual({ notificationAdded: { title: 'Four' } })
  })

  test('tells clients that come back that they may have missed something', async () => {
    const scene = await openScene()
    const id = randomUUID()
    const socket = await begin(scene, id)
    await scene.notify('One')
    await expectNext(socket, 'One')
    await acknowledge(socket)
    const backup = join(tempFolder(), 'backup.db')
    await succeed(['backup', backup], { DATA_DIR: scene.dataDir })
    await scene.notify('Two')
    await expectNext(socket, 'Two')
    await drop(socket)
    await scene.app.close()
    await succeed(['restore', backup], { DATA_DIR: scene.dataDir })
    const after = await openScene(scene.dataDir)
    const back = await follow(after, id)
    await after.notify('Other two')
    const { payload } = await back.next()
    expect(payload.extensions.resume).toBe('expired')
  })

  test('clears away the write-ahead log that makes a copied file malformed', async () => {
    const DATA_DIR = tempFolder()
    const first = await startProcess({ DATA_DIR })
    const token = await signTestToken('shop', 'backend')
    const send = (url: string, title: string) =>
      post(
        url,
        token,
        `mutation { notify(input: { userIds: ["alice"], notification: { type: "t", title: "${title}" } }) { recipients } }`,
      )
    await send(first.url, 'One')
    const backup = join(tempFolder(), 'backup.db')
    await succeed(['backup', backup], { DATA_DIR })
    for (let n = 0; n < 50; n++) await send(first.url, `Later ${n}`)
    await first.stop('SIGKILL')
    // What people do.
    copyFileSync(backup, databaseOf(DATA_DIR))
    expect(existsSync(`${databaseOf(DATA_DIR)}-wal`)).toBe(true)
    await succeed(['restore', backup], { DATA_DIR })
    const second = await startProcess({ DATA_DIR })
    const alice = await signTestToken('alice')
    const { notifications } = await post(second.url, alice, '{ notifications { nodes { title } } }')
    expect(notifications).toEqual({ nodes: [{ title: 'One' }] })
  })

  test('replaces a database that is damaged beyond opening', async () => {
    const { env, dataDir, database, backup } = await openStopped()
    writeFileSync(database, 'rubbish'.repeat(10_000))
    await succeed(['restore', backup], env)
    expect((await listOf(await openScene(dataDir))).titles).toEqual(['One'])
  })

  test('is refused while a Herald serves from the database, however idle', async () => {
    const { env, dataDir, database, backup } = await openStopped()
    const scene = await openScene(dataDir)
    expect(await fail(['restore', backup], env)).toBe(
      `A Herald serves from ${database}: stop it first. Nothing was changed.`,
    )
    await scene.notify('Three')
    await scene.app.close()
    expect(titlesIn(database)).toEqual(['One', 'Two', 'Three'])
  })

  test('refuses what is no whole backup of a Herald that it knows', async () => {
    const { env, dataDir, backup } = await openStopped()
    const folder = tempFolder()
    const bad = (name: string): string => join(folder, name)
    writeFileSync(bad('text'), 'Dear diary')
    writeFileSync(bad('empty'), '')
    change(bad('foreign.db'), 'CREATE TABLE lamps (id)')
    copyFileSync(backup, bad('newer.db'))
    change(bad('newer.db'), `INSERT INTO migrations VALUES ('9999-from-the-future')`)
    writeFileSync(bad('cut.db'), readFileSync(backup).subarray(0, 50_000))
    const refusals = {
      [bad('text')]: 'is not a SQLite database',
      [bad('empty')]: 'is not a SQLite database',
      [bad('foreign.db')]: 'but not of Herald',
      [bad('newer.db')]: 'is of a newer Herald (it has 9999-from-the-future)',
      [bad('cut.db')]: 'is damaged',
      [bad('missing')]: 'There is no file',
    }
    for (const [file, reason] of Object.entries(refusals)) {
      const sentence = await fail(['restore', file], env)
      expect(sentence).toContain(file)
      expect(sentence).toContain(reason)
      expect(sentence).toContain('Nothing was changed.')
      expectUntouched(dataDir)
    }
  })

  test('of much says how far it is', async () => {
    const { env, backup } = await openStopped()
    makeLarge(backup)
    const { code, stderr } = await heraldHere(['restore', backup], env)
    expect(code).toBe(0)
    expect(stderr).toMatch(TOLD_HOW_FAR)
  })

  test('begins a folder where there is none', async () => {
    const { backup } = await openStopped()
    const DATA_DIR = join(tempFolder(), 'new', 'data')
    expect(await succeed(['restore', backup], { DATA_DIR })).not.toContain('before is')
    expect(titlesIn(databaseOf(DATA_DIR))).toEqual(['One'])
  })

  test('makes a database that can serve beside the one that was backed up', async () => {
    const scene = await openScene()
    await scene.notify('One')
    const backup = join(tempFolder(), 'backup.db')
    await succeed(['backup', backup], { DATA_DIR: scene.dataDir })
    expect(query(backup, 'SELECT count(*) AS n FROM nodes')).toEqual([{ n: 1 }])
    const DATA_DIR = tempFolder()
    await succeed(['restore', backup], { DATA_DIR })
    expect(query(databaseOf(DATA_DIR), 'SELECT count(*) AS n FROM nodes')).toEqual([{ n: 0 }])
    expect((await listOf(await openScene(DATA_DIR))).titles).toEqual(['One'])
  })

  test('needs to be told what to restore', async () => {
    expect(await herald(['restore'])).toMatchObject({ code: 2 })
    expect(await herald(['restore', 'x.db', '--renew'])).toMatchObject({ code: 2 })
  })

  test('prints the command for a dump of Postgres, without the password', async () => {
    const dump = join(tempFolder(), 'herald.dump')
    writeFileSync(dump, 'PGDMP')
    const { code, stdout, stderr } = await herald(['restore', dump], {
      DATABASE_URL: 'postgres://h:topsecret@db/herald',
    })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^pg_restore .*--single-transaction .*--dbname=postgres:\/\/h@db\/herald \S+ && herald restore --renew\n$/,
    )
    expect(stderr).toContain('Nothing was restored')
    expect(stdout + stderr).not.toContain('topsecret')
  })
})

describe('herald restore --renew', () => {
  test('has cursors expire without changing anything else', async () => {
    const { env, dataDir, database, resumeCursor } = await openStopped()
    expect(await succeed(['restore', '--renew'], env)).toContain('begins a new history')
    expect(titlesIn(database)).toEqual(['One', 'Two'])
    const after = await openScene(dataDir)
    const alice = await connectDevice(after.app, 'alice')
    const old = alice.subscribe(ADDED, { after: resumeCursor })
    await expect(old.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })

  test('makes no database where there is none', async () => {
    const DATA_DIR = tempFolder()
    expect(await fail(['restore', '--renew'], { DATA_DIR })).toContain('There is no file')
    expect(readdirSync(DATA_DIR)).toEqual([])
  })
})
