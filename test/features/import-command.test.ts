import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { type Env, heraldHere } from '../support/command-line.ts'
import { compareDumps, dumpDatabase } from '../support/database-dump.ts'
import { newEnvironment } from '../support/environment.ts'
import { askAs, fileOf, importAll, importLines, said, TICKET, told } from '../support/imports.ts'
import { tempFolder } from '../support/temp.ts'

const READ = { kind: 'read', ticketId: 't', user: { id: 'ben' }, messageId: 'Hello' }

describe('herald import', () => {
  test('says of each kind what became of it', async () => {
    const env = await newEnvironment()
    const file = fileOf([told('a', 1), TICKET, said('Hello', 2), READ, said('Old', 1), 'nonsense'])
    const first = await heraldHere(['import', file], env as Env)
    expect(first).toMatchObject({ code: 1, stderr: expect.stringContaining('line 5: createdAt is before') })
    expect(first.stdout).toBe(
      'notification: 1 stored, 0 there already, 0 refused.\n' +
        'ticket: 1 stored, 0 there already, 0 refused.\n' +
        'message: 1 stored, 0 there already, 1 refused.\n' +
        'read: 1 stored, 0 there already, 0 refused.\n' +
        'unknown kind: 1 refused.\n' +
        `Imported ${file}: 6 lines.\n`,
    )
    const marked = fileOf([told('a', 1, { seenAt: '2020-02-01T00:00:00Z' })])
    const second = await heraldHere(['import', marked], env as Env)
    expect(second).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `notification: 0 stored, 1 got marks, 0 there already, 0 refused.\nImported ${marked}: 1 line.\n`,
    })
  })

  test('says how much of it Herald deletes soon', async () => {
    const env = { ...(await newEnvironment()), RETENTION_READ_DAYS: '30' }
    const days = (count: number) => new Date(Date.now() - count * 24 * 60 * 60 * 1000).toISOString()
    const lines = [
      told('a', 1, { readAt: days(31) }),
      told('b', 2, { archivedAt: days(40) }),
      told('c', 3, { readAt: days(29) }),
    ]
    const { stdout } = await heraldHere(['import', fileOf([...lines, told('d', 4)])], env as Env)
    expect(stdout).toContain(
      '2 stored notifications were read or archived more than RETENTION_READ_DAYS=30 days ago: a Herald that serves deletes what is so old.\n',
    )
    // Nothing of it is stored now.
    expect((await heraldHere(['import', fileOf(lines)], env as Env)).stdout).not.toContain('RETENTION_READ_DAYS')
  })

  test('shows the first 20 refused lines, and writes all of them', async () => {
    const env = await newEnvironment()
    const refused = join(tempFolder(), 'refused.ndjson')
    const { stderr, code } = await importLines(
      env,
      Array.from({ length: 30 }, () => 'nonsense'),
      ['--refused', refused],
    )
    expect(code).toBe(1)
    expect(stderr.match(/^line /gm)).toHaveLength(20)
    expect(stderr).toContain('… and more; --refused <file> writes all of them.\nRefused lines: 30.\n')
  })

  test('is refused while a Herald serves, and does nothing then', async () => {
    const env = await newEnvironment()
    const app = await startTestApp({ env })
    const before = await dumpDatabase(env)
    const { code, stderr } = await importLines(env, [told('a', 1)])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^A Herald \(process \d+ on .+\) serves from the database .+\. Stop it, and all others that do, and import then\.\n$/,
    )
    expect(compareDumps(before, await dumpDatabase(env))).toEqual([])
    await app.close()
    await importAll(env, [told('a', 1)])
  })

  test.each<[string, readonly string[], number, RegExp]>([
    ['no file', [], 2, /^The file to import is missing\.\n/],
    ['two files', ['a', 'b'], 2, /^There are too many arguments\.\n/],
    ['a file that is not there', ['/nowhere/export.ndjson'], 1, /^There is no file \/nowhere\/export\.ndjson\.\n$/],
    // The memory of this process, from its beginning: nothing is there.
    [
      'a file that cannot be read',
      ['/proc/self/mem'],
      1,
      /^What is to be imported cannot be read: EIO: .+\. What was stored until now stays\./,
    ],
    ['a folder', ['/'], 1, /^There is no file \/\.\n$/],
    [
      'no folder for refused lines',
      ['/x', '--refused', '/nowhere/r'],
      1,
      /^There is no folder \/nowhere for the refused lines\.\n$/,
    ],
  ])('fails with %s', async (_, args, code, stderr) => {
    expect(await heraldHere(['import', ...args], (await newEnvironment()) as Env)).toMatchObject({
      ...{ code, stderr: expect.stringMatching(stderr), stdout: '' },
    })
  })

  test('does not write refused lines over the file that it reads', async () => {
    const file = fileOf([told('a', 1)])
    const { code, stderr } = await heraldHere(['import', file, '--refused', file], (await newEnvironment()) as Env)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${file} is the file that is imported: give another one for the refused lines.\n`,
    })
  })
})

describe('herald import --dry-run', () => {
  test('checks a file and stores nothing, while a Herald serves', async () => {
    const env = await newEnvironment()
    const app = await startTestApp({ env })
    await askAs(app, ['shop', 'backend'], 'mutation { upsertTicket(input: { id: "t" }) { id } }')
    const before = await dumpDatabase(env)
    const lines = [told('a', 1), told('b', 2, { title: '' }), said('Hello', 2), READ, said('Old', 1)]
    const { code, kinds, refused } = await importLines(env, lines, ['--dry-run'])
    // It need not know whether Herald has the ticket.
    expect({ code, refused, kinds }).toMatchObject({
      ...{ code: 1, refused: 2, kinds: { notification: { stored: 1 }, message: { stored: 1 }, read: { stored: 1 } } },
    })
    expect(compareDumps(before, await dumpDatabase(env))).toEqual([])
  })

  test('finds a ticket whose line comes too late', async () => {
    const env = await newEnvironment()
    const { stderr, kinds } = await importLines(env, [said('Hello', 2), TICKET], ['--dry-run'])
    expect(kinds).toMatchObject({ message: { stored: 1 }, ticket: { refused: 1 } })
    expect(stderr).toContain('line 2: id is that of a ticket which earlier lines name: its own line must come first.\n')
  })

  test('makes no database', async () => {
    const DATA_DIR = join(tempFolder(), 'none')
    const file = fileOf([told('a', 1)])
    const { code, stdout } = await heraldHere(['import', file, '--dry-run'], { DATA_DIR })
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `notification: 1 stored, 0 there already, 0 refused.\nChecked ${file}: 1 line. Nothing was stored.\n`,
    })
    expect(existsSync(DATA_DIR)).toBe(false)
  })
})
