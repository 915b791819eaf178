import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeFailure } from '../../src/failed-start.ts'
import { createLog } from '../../src/lib/log.ts'
import { startTestApp } from '../support/app.ts'
import { herald } from '../support/command-line.ts'
import { until } from '../support/nodes.ts'
import { startProcess } from '../support/process.ts'
import { NOBODYS_PORT } from '../support/proxy.ts'
import { tempFolder } from '../support/temp.ts'
import { CONFIGURATIONS } from '../support/wrong-configurations.ts'
import { ADDRESSES, FOLDERS } from '../support/wrong-places.ts'
import { REDISES, WORKERS } from '../support/wrong-redises.ts'

/** One of each kind is tried as a process, and several workers always are. */
const KINDS = [CONFIGURATIONS, ADDRESSES, FOLDERS, REDISES] as const
const AS_PROCESSES = [...KINDS.flatMap(([first]) => (first ? [first] : [])), ...WORKERS]
const IN_THIS_ONE = KINDS.flatMap(([, ...others]) => others)

function expectSentence(printed: string, sentence: string | RegExp): void {
  if (typeof sentence === 'string') expect(printed).toBe(`${sentence}\n`)
  else expect(printed).toMatch(sentence)
}

describe('a start that cannot succeed ends with one sentence', () => {
  test.each(AS_PROCESSES)('and exit code 1, about %s', async (_, make) => {
    const { env, sentence } = await make()
    const { code, stdout, stderr } = await herald(['start'], { PORT: '0', DATA_DIR: tempFolder(), ...env })
    expectSentence(stderr, sentence)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  test.each(IN_THIS_ONE)('about %s', async (_, make) => {
    const { env, sentence } = await make()
    const error = await startTestApp({ env: { DATA_DIR: tempFolder(), ...env } }).catch((error: unknown) => error)
    expectSentence(describeFailure(error), sentence)
  })

  test('about a database file that is damaged', async () => {
    const folder = tempFolder()
    const file = join(folder, 'herald.db')
    const app = await startTestApp({ env: { DATA_DIR: folder } })
    await app.close()
    const page = Buffer.alloc(4_096, 'x')
    const whole = readFileSync(file)
    writeFileSync(file, Buffer.concat([whole.subarray(0, 100), page, whole.subarray(4_196)]))
    const { code, stderr } = await herald(['start'], { PORT: '0', DATA_DIR: folder })
    expect([code, stderr]).toEqual([
      1,
      `The database file ${file} is damaged. Restore a backup of it, or move it away to begin anew.\n`,
    ])
  })
})

test('a key server that is away is a warning at the start, not an end', async () => {
  const url = `http://127.0.0.1:${NOBODYS_PORT}/keys`
  const lines: Record<string, unknown>[] = []
  const log = createLog({
    level: 'warn',
    pretty: false,
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  })
  await startTestApp({ env: { JWT_SECRET: '', JWT_JWKS_URL: url, DATA_DIR: tempFolder() }, log })
  await until(async () => lines.some(({ msg }) => String(msg).startsWith('JWT_JWKS_URL gives no keys now')))
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', url }))
})

test('a name that is almost a key of Herald is a warning at the start', async () => {
  const log = join(tempFolder(), 'log')
  const env = { DATA_DIR: tempFolder(), LOG_LEVEL: 'warn', LOG_PRETTY: 'false', JWT_SECRET: '', JWT_SECERT: 'x' }
  await startProcess(env, `exec 2> ${log}`)
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      msg: 'JWT_SECERT is set, which Herald does not know. Did you mean JWT_SECRET?',
    }),
  )
})
