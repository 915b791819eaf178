import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { TEST_SECRET } from '../support/app.ts'
import { change, query } from '../support/backups.ts'
import { BEFORE_WORDS } from '../support/before-words.ts'
import { BIN, type Env, herald, heraldHere, PASSED_ON } from '../support/command-line.ts'
import { bringHistory } from '../support/imported-history.ts'
import { fileOf, type Line, said, TICKET, told } from '../support/imports.ts'
import { startProcess } from '../support/process.ts'
import { newPrefix } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

const LINES: readonly Line[] = [
  TICKET,
  ...Array.from({ length: 2_400 }, (_, n) => (n % 3 === 0 ? said(`m${n}`, n) : told(`n${n}`, (n * 7_919) % 2_400))),
]

/** Starts an import of standard input. */
function startImport(env: Env): ChildProcess {
  const child = spawn(process.execPath, [BIN, 'import', '-'], {
    env: { ...PASSED_ON, JWT_SECRET: TEST_SECRET, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin!.on('error', () => {})
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

function feed(child: ChildProcess, lines: readonly Line[]): void {
  child.stdin!.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

function count(dataDir: string, table: string): number {
  return Number(query(join(dataDir, 'herald.db'), `SELECT count(*) AS n FROM ${table}`)[0]?.['n'])
}

/** What was imported, in its order, with the numbers that it got. */
function contentOf(dataDir: string): unknown {
  const file = join(dataDir, 'herald.db')
  return [
    query(file, 'SELECT notification_id FROM inbox ORDER BY arrived_revision'),
    query(file, 'SELECT id, staff_number, public_number, staff_revision FROM messages ORDER BY staff_number'),
    query(file, 'SELECT stream, entries FROM streams ORDER BY stream'),
    query(file, 'SELECT id, public_at, staff_at FROM tickets'),
    query(file, 'SELECT place, id FROM search_texts ORDER BY place'),
  ]
}

describe('herald import as a process', () => {
  test('brings history into a new database', () => bringHistory({ DATA_DIR: tempFolder() }))

  test('that was killed in the middle is run again, and nothing is missing or twice', async () => {
    const whole = { DATA_DIR: tempFolder() }
    expect(await herald(['import', fileOf(LINES)], whole)).toMatchObject({ code: 0 })
    const env = { DATA_DIR: tempFolder() }
    const child = startImport(env)
    feed(child, LINES.slice(0, 1_700))
    await vi.waitFor(() => expect(count(env.DATA_DIR, 'inbox')).toBeGreaterThan(500), { timeout: 20_000, interval: 20 })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(count(env.DATA_DIR, 'inbox')).toBeLessThan(1_600)
    expect(await herald(['import', fileOf(LINES)], env)).toMatchObject({ code: 0 })
    expect(contentOf(env.DATA_DIR)).toEqual(contentOf(whole.DATA_DIR))
  })

  test('brings the database of an older Herald up to date', async () => {
    const env = { DATA_DIR: tempFolder() }
    expect(await heraldHere(['import', fileOf([told('One', 1)])], env)).toMatchObject({ code: 0 })
    // As migration 0017 found it.
    change(join(env.DATA_DIR, 'herald.db'), BEFORE_WORDS.join(';'))
    const { code, stdout } = await heraldHere(['import', fileOf([told('One', 1), told('Two', 2)])], env)
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^notification: 1 stored, 1 there already/),
    })
  })

  test('says how far it is, and keeps what is stored when it is stopped', async () => {
    const env = { DATA_DIR: tempFolder() }
    const child = startImport(env)
    let printed = ''
    child.stderr!.on('data', (data) => {
      printed += data
    })
    let fed = 0
    while (!/^Read \d+ lines$/m.test(printed)) {
      feed(
        child,
        LINES.slice(1)
          .filter(({ kind }) => kind === 'notification')
          .slice(0, 500)
          .map((line) => ({ ...line, userId: `u${fed}` })),
      )
      fed += 1
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const stdout = text(child.stdout!)
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect({ code, stdout: await stdout }).toEqual({ code: 1, stdout: '' })
    expect(printed).toMatch(
      /\nStopped by SIGINT\. What was stored until now stays\. Import the file again to go on\.\n$/,
    )
    expect(count(env.DATA_DIR, 'inbox')).toBeGreaterThan(0)
  })

  test('is refused while a node serves with Redis', async () => {
    const env = { DATA_DIR: tempFolder(), REDIS_URL: inject('redis'), REDIS_PREFIX: newPrefix() }
    await startProcess(env)
    const { code, stderr } = await herald(['import', fileOf([told('a', 1)])], env)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^A Herald \(process \d+ on .+\) serves from the database .+\. Stop it/),
    })
  })
})
