import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createLog } from '../../src/lib/log.ts'
import { startTestApp } from '../support/app.ts'
import { herald } from '../support/command-line.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { freePort } from '../support/proxy.ts'
import { newPrefix } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'
import { type Case, CONFIGURATIONS, type Wrong } from '../support/wrong-configurations.ts'

const ELSEWHERE = 'Set HOST to 127.0.0.1 for this machine alone, to 0.0.0.0 for all, or to an address of this machine.'

const ADDRESSES: readonly Case[] = [
  [
    'a port that is taken',
    async () => {
      const other = createServer().listen(0, '127.0.0.1')
      onTestFinished(() => void other.close())
      await new Promise((resolve) => other.once('listening', resolve))
      const { port } = other.address() as AddressInfo
      const sentence = `PORT ${port} on 127.0.0.1 is used by another program (EADDRINUSE). Stop that, or set PORT to another one.`
      return { env: { PORT: String(port) }, sentence }
    },
  ],
  [
    'an address of another machine',
    () => ({
      env: { HOST: '192.0.2.1' },
      sentence: `HOST 192.0.2.1 is no address of this machine (EADDRNOTAVAIL). ${ELSEWHERE}`,
    }),
  ],
  [
    'a name that nobody knows',
    () => ({
      env: { HOST: 'nowhere.invalid' },
      sentence:
        /^HOST nowhere\.invalid is no name that this machine knows( now)? \((ENOTFOUND|EAI_AGAIN)\)\. Set HOST to 127\.0\.0\.1 .*\.\n$/,
    }),
  ],
]

/** A folder with a database file, which `spoil` makes unusable. */
const withFile = (spoil: (file: string) => void, sentence: string) => (): Wrong => {
  const folder = tempFolder()
  const file = join(folder, 'herald.db')
  spoil(file)
  return { env: { DATA_DIR: folder }, sentence: `The database file ${file} ${sentence}` }
}

const inDatabase =
  (statements: string) =>
  (file: string): void => {
    const database = new DatabaseSync(file)
    database.exec(statements)
    database.close()
  }

const FOLDERS: readonly Case[] = [
  [
    'a file for a folder',
    () => {
      const file = join(tempFolder(), 'data')
      writeFileSync(file, '')
      return { env: { DATA_DIR: file }, sentence: `DATA_DIR ${file} is a file (EEXIST). Set DATA_DIR to a folder.` }
    },
  ],
  [
    'a folder below a file',
    () => {
      const file = join(tempFolder(), 'data')
      writeFileSync(file, '')
      return {
        env: { DATA_DIR: join(file, 'deeper') },
        sentence: `DATA_DIR ${join(file, 'deeper')} is a file or lies below one (ENOTDIR). Set DATA_DIR to a folder.`,
      }
    },
  ],
  [
    'a folder that cannot be made',
    () => ({
      env: { DATA_DIR: '/proc/herald' },
      sentence:
        'DATA_DIR /proc/herald cannot be made there (ENOENT). Set DATA_DIR to a folder that this user can write, or give it the right to.',
    }),
  ],
  [
    'a text for a database',
    withFile(
      (file) => writeFileSync(file, 'This is no database, and longer than a header of one. '.repeat(20)),
      'is no database of SQLite. Move it away, or set another DATA_DIR.',
    ),
  ],
  [
    'a folder for a database',
    withFile(
      (file) => mkdirSync(file),
      'cannot be opened. See that it and its folder can be written by this user, or set another DATA_DIR.',
    ),
  ],
  [
    'a database of another program',
    withFile(
      inDatabase('CREATE TABLE photos (id INTEGER)'),
      "belongs to another program: none of its tables is Herald's. Move it away, or set another DATA_DIR.",
    ),
  ],
  [
    'a database whose migrations are of another program',
    withFile(
      inDatabase("CREATE TABLE migrations (name TEXT); INSERT INTO migrations VALUES ('2019_users')"),
      'belongs to another program: its table migrations is not that of Herald. Set another one.',
    ),
  ],
  [
    'a database of a newer Herald',
    withFile(
      inDatabase("CREATE TABLE migrations (name TEXT); INSERT INTO migrations VALUES ('0001-init'), ('9999-later')"),
      'was migrated by a newer Herald (it has 9999-later). Start that version, or restore a backup from before.',
    ),
  ],
]

const REDISES: readonly Case[] = [
  [
    'a Redis that is not there',
    async () => {
      const port = await freePort()
      return {
        env: { REDIS_URL: `redis://127.0.0.1:${port}`, LOG_LEVEL: 'error' },
        sentence: `REDIS_URL: Redis cannot be used (connect ECONNREFUSED 127.0.0.1:${port}; at 127.0.0.1:${port}). Start it, or correct REDIS_URL.`,
      }
    },
  ],
  [
    'a wrong password',
    () => {
      const { host } = new URL(inject('redis'))
      return {
        env: { REDIS_URL: `redis://herald:hunter2@${host}` },
        sentence: `REDIS_URL: Redis cannot be used (WRONGPASS invalid username-password pair or user is disabled; at ${host}). Correct the name and password in REDIS_URL.`,
      }
    },
  ],
  [
    'one Redis for a cluster',
    () => {
      const { host } = new URL(inject('redis'))
      return {
        env: { REDIS_URL: `redis+cluster://${host}` },
        sentence: `REDIS_URL: Redis cannot be used (the server belongs to no Redis Cluster, so begin with redis://; at ${host}). Correct REDIS_URL.`,
      }
    },
  ],
  [
    'a number that Redis does not have',
    () => {
      const { host } = new URL(inject('redis'))
      return {
        env: { REDIS_URL: `redis://${host}/99` },
        sentence: `REDIS_URL: Redis cannot be used (ERR DB index is out of range; at ${host}). Correct the number at the end of REDIS_URL.`,
      }
    },
  ],
  [
    'certificates that are not there',
    () => ({
      env: { REDIS_URL: 'rediss://127.0.0.1', REDIS_CA_FILE: '/no/such/file' },
      sentence:
        "REDIS_CA_FILE cannot be read (ENOENT: no such file or directory, open '/no/such/file'). Set it to a file with certificates.",
    }),
  ],
  [
    'a prefix that belongs to another database',
    async () => {
      const { REDIS_URL, REDIS_PREFIX } = nodeEnvironment(inject('redis'))
      await startTestApp({ env: { REDIS_URL, REDIS_PREFIX, DATA_DIR: tempFolder() } })
      return {
        env: { REDIS_URL, REDIS_PREFIX },
        sentence:
          'Herald cannot start with this configuration:\n' +
          `  - The nodes at REDIS_URL with REDIS_PREFIX ${REDIS_PREFIX} use another database. Nodes that share a Redis must share the database, too, whatever number ` +
          `REDIS_URL ends with: correct DATABASE_URL or DATA_DIR, or choose another REDIS_PREFIX. If that database is gone for good, delete the key ${REDIS_PREFIX}epoch.`,
      }
    },
  ],
  [
    'workers whose port is taken',
    async () => {
      const other = createServer().listen(0, '127.0.0.1')
      onTestFinished(() => void other.close())
      await new Promise((resolve) => other.once('listening', resolve))
      const { port } = other.address() as AddressInfo
      return {
        env: { WORKERS: '2', PORT: String(port), REDIS_URL: inject('redis'), REDIS_PREFIX: newPrefix() },
        sentence: `PORT ${port} on 127.0.0.1 is used by another program (EADDRINUSE). Stop that, or set PORT to another one.`,
      }
    },
  ],
  [
    'workers without their Redis',
    async () => {
      const port = await freePort()
      return {
        env: { WORKERS: '2', REDIS_URL: `redis://127.0.0.1:${port}`, LOG_LEVEL: 'error' },
        sentence: `REDIS_URL: Redis cannot be used (connect ECONNREFUSED 127.0.0.1:${port}; at 127.0.0.1:${port}). Start it, or correct REDIS_URL.`,
      }
    },
  ],
]

describe('a start that cannot succeed ends with one sentence', { timeout: 60_000 }, () => {
  test.each([...CONFIGURATIONS, ...ADDRESSES, ...FOLDERS, ...REDISES])('about %s', async (_, make) => {
    const { env, sentence } = await make()
    const { code, stdout, stderr } = await herald(['start'], { PORT: '0', DATA_DIR: tempFolder(), ...env })
    if (typeof sentence === 'string') expect(stderr).toBe(`${sentence}\n`)
    else expect(stderr).toMatch(sentence)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
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
  const url = `http://127.0.0.1:${await freePort()}/keys`
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
