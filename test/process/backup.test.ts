import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import { signTestToken } from '../support/app.ts'
import { change, fail, makeLarge, query, succeed, TOLD_HOW_FAR, titlesIn } from '../support/backups.ts'
import { BIN, herald } from '../support/command-line.ts'
import { post, startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const NOTIFY =
  'mutation ($title: String!) { notify(input: { userIds: ["ann"], notification: { type: "t", title: $title } }) { recipients } }'

/** A folder with a database that nobody uses. */
async function openFolder() {
  const DATA_DIR = tempFolder()
  await (await openSqliteStorage({ file: join(DATA_DIR, 'herald.db') })).close()
  return { env: { DATA_DIR }, database: join(DATA_DIR, 'herald.db'), target: join(tempFolder(), 'backup.db') }
}

describe('herald backup', () => {
  test('of a Herald that is written to has all that was acknowledged before it began, in one whole file', async () => {
    const DATA_DIR = tempFolder()
    const { url } = await startProcess({ DATA_DIR })
    const token = await signTestToken('shop', 'backend')
    const acknowledged: string[] = []
    let isOver = false
    const write = async (writer: number): Promise<void> => {
      for (let n = 0; !isOver; n++) {
        const title = `${writer}-${n}`
        await post(url, token, NOTIFY, { title })
        acknowledged.push(title)
      }
    }
    const writing = Promise.all([1, 2, 3, 4].map(write))
    const folder = tempFolder()
    for (let round = 0; round < 3; round++) {
      const before = [...acknowledged]
      const file = join(folder, `backup-${round}.db`)
      expect(await succeed(['backup', file], { DATA_DIR })).toMatch(
        /^Backed up .*herald\.db to .*backup-\d\.db \(.+\)\.\n$/,
      )
      const titles = new Set(titlesIn(file))
      expect(before.filter((title) => !titles.has(title))).toEqual([])
      expect(query(file, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
      expect(query(file, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'delete' }])
    }
    isOver = true
    await writing
    expect(acknowledged.length).toBeGreaterThan(50)
    expect(readdirSync(folder).sort()).toEqual(['backup-0.db', 'backup-1.db', 'backup-2.db'])
  })

  test('overwrites nothing unless it is told to', async () => {
    const { env, target, database } = await openFolder()
    await succeed(['backup', target], env)
    change(target, 'CREATE TABLE mine (id)')
    expect(await fail(['backup', target], env)).toBe(`${target} exists: give another name, or --overwrite.`)
    expect(query(target, 'SELECT * FROM mine')).toEqual([])
    await succeed(['backup', target, '--overwrite'], env)
    expect(() => query(target, 'SELECT * FROM mine')).toThrow()
    expect(await fail(['backup', database, '--overwrite'], env)).toContain('is the database itself')
    mkdirSync(`${target}.d`)
    expect(await fail(['backup', `${target}.d`, '--overwrite'], env)).toContain('is no file')
  })

  test('says in one sentence what is missing', async () => {
    const { env, target } = await openFolder()
    const DATA_DIR = join(env.DATA_DIR, 'elsewhere')
    expect(await fail(['backup', target], { DATA_DIR })).toBe(
      `There is no database ${join(DATA_DIR, 'herald.db')}: set DATA_DIR to its folder.`,
    )
    expect(existsSync(DATA_DIR)).toBe(false)
    expect(await fail(['backup', '/nowhere/at/all.db'], env)).toBe('There is no folder /nowhere/at for the backup.')
    expect(await herald(['backup'], env)).toMatchObject({ code: 2, stderr: expect.stringContaining('is missing') })
    expect(await herald(['backup', 'a', 'b'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('too many'),
    })
  })

  test('leaves nothing behind when the disk is full', async () => {
    const { env, database } = await openFolder()
    change(database, 'CREATE TABLE padding (x); INSERT INTO padding VALUES (randomblob(3000000))')
    const folder = tempFolder()
    const limited = `ulimit -S -f 1024 && exec "$0" "$@"`
    const run = (): unknown =>
      execFileSync('bash', ['-c', limited, process.execPath, BIN, 'backup', join(folder, 'b.db')], {
        env: { ...env, PATH: process.env['PATH'], JWT_SECRET: 'x'.repeat(32) },
        stdio: 'pipe',
      })
    expect(run).toThrow(/b\.db|partial/)
    expect(run).toThrow(/disk.*No backup was made\./)
    expect(readdirSync(folder)).toEqual([])
  })

  test('is not made of a database that is damaged, or that is another program’s', async () => {
    const { env, database, target } = await openFolder()
    change(
      database,
      'PRAGMA journal_mode = DELETE; CREATE TABLE padding (x); INSERT INTO padding VALUES (randomblob(300000))',
    )
    const descriptor = openSync(database, 'r+')
    writeSync(descriptor, Buffer.alloc(20_000, 7), 0, 20_000, statSync(database).size - 120_000)
    const damaged = await fail(['backup', target], env)
    expect(damaged).toContain(`${database} is damaged`)
    expect(damaged).toContain('No backup was made.')
    const other = tempFolder()
    copyFileSync(database, join(other, 'herald.db'))
    change(join(other, 'herald.db'), 'DROP TABLE meta')
    expect(await fail(['backup', target], { DATA_DIR: other })).toContain('but not of Herald')
    writeFileSync(join(other, 'herald.db'), 'Dear diary')
    expect(await fail(['backup', target], { DATA_DIR: other })).toContain('is not a SQLite database')
    expect(existsSync(target)).toBe(false)
  })

  test('of much says how far it is', async () => {
    const { env, database, target } = await openFolder()
    makeLarge(database)
    const { code, stderr } = await herald(['backup', target], env)
    expect(code).toBe(0)
    expect(stderr).toMatch(TOLD_HOW_FAR)
  })

  test('of Postgres is the command that makes it, without the password', async () => {
    const DATABASE_URL = 'postgres://herald:top%20secret@db.example:5433/her%20ald?sslmode=require&password=topsecret'
    const { code, stdout, stderr } = await herald(['backup', "it's.dump"], { DATABASE_URL })
    expect(code).toBe(1)
    expect(stdout).toBe(
      `pg_dump --format=custom --no-owner --no-privileges --file='it'\\''s.dump' 'postgres://herald@db.example:5433/her%20ald?sslmode=require'\n`,
    )
    expect(stderr).toContain('No backup was made')
    expect(stdout + stderr).not.toMatch(/secret/)
  })
})
