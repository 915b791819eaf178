import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { startTestApp, TEST_SECRET } from '../support/app.ts'
import { openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { type Block, blocksOf, PAGES } from '../support/documentation.ts'
import { operationsOf } from '../support/operations.ts'
import { startRedis } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

function all(language: string) {
  return PAGES.flatMap((page) => blocksOf(page, language))
}

/** What only a backend can call. */
const OF_BACKENDS: readonly string[] = ['notificationStatus', 'notify', 'upsertTicket']
/** What only staff can call. */
const OF_STAFF: readonly string[] = ['claimTicket']
/** A way to the backend, without which no notification is handed off. Nobody listens there. */
const HANDED_OFF = { HANDOFF_URL: 'http://127.0.0.1:9/', HANDOFF_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }

describe('GraphQL of the documentation', () => {
  test.each(all('graphql'))('is answered: $place', async ({ text }) => {
    const app = await startTestApp({ env: HANDED_OFF })
    const [backend, alice] = [await connectDevice(app, 'shop', 'backend'), await connectDevice(app, 'alice')]
    const agent = await connectDevice(app, 'bob', 'agent')
    const deviceOf = (field: string) =>
      OF_BACKENDS.includes(field) ? backend : OF_STAFF.includes(field) ? agent : alice
    await backend.run('mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }] }) { id } }')
    await backend.run(
      'mutation { notify(input: { userIds: ["alice"], notification: { type: "t", title: "One" } }) { recipients } }',
    )
    const { notifications } = await alice.run('{ notifications { nodes { id } resumeCursor } }')
    const [{ id }] = notifications.nodes
    const variables = { id, ids: [id], ticketId: '42', body: 'Hi' }
    const after = notifications.resumeCursor
    const ended: unknown[] = []
    const streams = []
    for (const { definition, text: document } of operationsOf(text)) {
      const { operation, selectionSet } = definition
      const [field] = selectionSet.selections
      const device = deviceOf(field?.kind === 'Field' ? field.name.value : '')
      if (operation === 'subscription') {
        const stream = device.subscribe(document, /notification/.test(document) ? { ...variables, after } : variables)
        stream.ended.then(
          () => ended.push(document),
          (error: unknown) => ended.push(error),
        )
        streams.push(stream)
      } else await device.run(document, variables)
    }
    // A subscription that was refused has ended by now.
    await alice.run('{ me { id } }')
    expect(ended).toEqual([])
    for (const { waiting } of streams) for (const { errors } of waiting) expect(errors).toBeUndefined()
  })
})

/** What is not run, by a text that it contains, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'installs; `npm start` is started by test/process',
  'npm start\n': 'is started by process/npm-start',
  'npm ci && npm test': 'is this run itself',
  'npm test -- --project': 'is this run itself',
  '[ -f .env ]': 'writes into the folder of the repository; house/deploy runs it elsewhere',
  'docker compose up': 'needs Docker',
  'npm install @herald/client': 'no registry has it; test/client runs its sources',
  'npm install\nJWT_SECRET=':
    'no registry has the kit; test/browser/react-client serves the example without installing it',
  'kubectl apply': 'needs a cluster; house/deploy reads the file',
  'psql -qAt -f export.sql': 'needs the database of another service; features/postgres-import-example has one',
  'import history.ndjson': 'needs the file of another service; features/postgres-import-example has one',
  'pg_dump --format': 'process/backup compares what is printed',
  'DATABASE_URL=postgres://herald:secret@': 'process/postgres-move does it',
}

/** Pages whose commands belong together, and which test runs them in their order. */
const RUN_ELSEWHERE = ['docs/tutorial.md'] // browser/tutorial

function isRun({ place, text }: Block): boolean {
  return !RUN_ELSEWHERE.includes(place.split(':')[0] ?? '') && !Object.keys(NOT_RUN).some((part) => text.includes(part))
}

/** A Herald with a Redis of its own, and a shell in which the documentation's addresses and folders are theirs. */
async function openShell() {
  const redis = await startRedis()
  const folder = tempFolder()
  const env = { DATA_DIR: join(folder, 'data'), REDIS_URL: redis.url, REDIS_PREFIX: 'herald:', JWT_SECRET: TEST_SECRET }
  mkdirSync(env.DATA_DIR)
  const app = await startTestApp({ env })
  const { host, port } = new URL(app.url)
  const adapt = (text: string): string =>
    text
      .replaceAll('127.0.0.1:4000', host)
      .replaceAll('redis-cli ', `redis-cli -p ${new URL(redis.url).port} `)
      .replaceAll('/backups/', `${folder}/`)
      // The day of the example.
      .replaceAll('herald-2026-11-29', 'herald-$(date +%F)')
      // It shows what comes until it is ended.
      .replace(/^(npm run -s herald -- listen .*)$/m, 'timeout 5 $1 || [ $? = 124 ]')
  const shell = async (text: string): Promise<string> => {
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
    const { stdout } = await run('sh', ['-e', '-c', adapt(text)], {
      cwd: ROOT,
      env: { ...env, PORT: port, PATH: path, HOME: process.env['HOME'] ?? '' },
    })
    return stdout
  }
  return { app, folder, shell, sender: openSender({ url: redis.url, prefix: 'herald:' }) }
}

describe('what the documentation has for a shell', () => {
  test.each(all('sh').filter(isRun))('does what it says: $place', { timeout: 120_000 }, async ({ text }) => {
    const { app, folder, shell, sender } = await openShell()
    const alice = await connectDevice(app, 'alice')
    const added = alice.subscribe('subscription { notificationAdded { title } }')
    await alice.run('{ me { id } }')
    const restores = text.split('\n').filter((line) => /herald -- restore/.test(line))
    await shell(
      text
        .split('\n')
        .filter((line) => !restores.includes(line))
        .join('\n')
        .replace(/backup\.db/g, `${folder}/backup.db`),
    )
    if (/"title"|--title/.test(text)) expect((await added.next())['notificationAdded'].title).toMatch(/paid|noon/)
    await sender.idle()
    expect(await sender.dead()).toEqual([])
    if (restores.length === 0) return
    const backups = restores.some((line) => line.includes('/backups/'))
    if (backups) await shell('npm run -s herald -- backup /backups/herald-2026-11-29.db')
    await app.close()
    for (const line of restores)
      expect(await shell(line.replace(/ backup\.db/, ` ${folder}/backup.db`))).toContain('Restored')
  })

  test('is all run, but for what is said here', () => {
    const blocks = all('sh')
    for (const part of Object.keys(NOT_RUN))
      expect(
        blocks.some(({ text }) => text.includes(part)),
        part,
      ).toBe(true)
    expect(blocks.filter(isRun).length).toBeGreaterThanOrEqual(6)
  })
})

test('an envelope of the documentation is taken', async () => {
  const { app, sender } = await openShell()
  const alice = await connectDevice(app, 'alice')
  const added = alice.subscribe('subscription { notificationAdded { title } }')
  await alice.run('{ me { id } }')
  const blocks = all('json').map(({ text }) => JSON.parse(text))
  // Events for backends have a dot in their type.
  const envelopes = blocks.filter(({ type }) => type !== undefined && !type.includes('.'))
  expect(envelopes).toHaveLength(1)
  for (const envelope of envelopes) await sender.add(envelope)
  expect(await added.next()).toEqual({ notificationAdded: { title: 'Your invoice is paid' } })
})

test('the Redis user of the documentation can send commands, and nothing else', async () => {
  const redis = await startRedis()
  const [acl] = all('').filter(({ text }) => text.startsWith('ACL SETUSER shop'))
  const cli = (...args: readonly string[]) => run('redis-cli', ['-p', new URL(redis.url).port, ...args])
  expect((await cli(...(acl?.text.trim().split(' ') ?? []))).stdout).toBe('OK\n')
  const asShop = async (...args: readonly string[]) =>
    (await cli('--user', 'shop', '--pass', 'secret', '--no-auth-warning', ...args)).stdout
  expect(await asShop('XADD', 'herald:commands', '*', 'command', '{}')).toMatch(/^\d+-\d+\n$/)
  expect(await asShop('PUBLISH', 'herald:commands', '{}')).toBe('0\n')
  expect(await asShop('XRANGE', 'herald:commands', '-', '+')).toMatch(/NOPERM/)
  expect(await asShop('SET', 'herald:x', '1')).toMatch(/NOPERM/)
  expect(await asShop('PUBLISH', 'herald:other', '{}')).toMatch(/NOPERM/)
})
