import { execFile } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { buildClientSchema, buildSchema, printSchema } from 'graphql'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { signTestToken, TEST_SECRET } from '../support/app.ts'
import { findNode } from '../support/node-versions.ts'
import {
  copyClone,
  installInto,
  offeredBy,
  type Packed,
  packAll,
  run,
  startIn,
  WITH_THIS_NODE,
} from '../support/packages.ts'
import { post } from '../support/process.ts'
import { newPrefix } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** npm takes its time on a machine that does other things, too. In milliseconds. */
const LONG = 300_000
vi.setConfig({ testTimeout: LONG })

const place = mkdtempSync(join(tmpdir(), 'herald-packages-'))
const [clone, archives, server, others] = ['clone', 'archives', 'server', 'others'].map((name) => join(place, name))
let packed: readonly Packed[]

beforeAll(async () => {
  for (const folder of [clone, archives, server, others]) mkdirSync(folder!)
  copyClone(clone!)
  packed = await packAll(clone!, archives!)
  await Promise.all([
    installInto(server!, packed),
    installInto(
      others!,
      packed.filter(({ name }) => name !== 'herald'),
    ),
  ])
}, LONG)
afterAll(() => rmSync(place, { recursive: true, force: true }))

function filesOf(wanted: string): readonly string[] {
  return packed.find(({ name }) => name === wanted)!.files
}

describe('the package herald', () => {
  test('has the JavaScript and a map of each source and of the kit, the schema, and nothing else', () => {
    const kit = globSync('*.ts', { cwd: join(clone!, 'packages/client/src') }).map((name) => `pages/client/${name}`)
    const own = globSync('**/*.*', { cwd: join(clone!, 'src') }).filter((name) => !name.endsWith('tsconfig.json'))
    const made = [...own, ...kit].flatMap((name) => {
      const path = `dist/${name.replace(/\.ts$/, '.js')}`
      return path.endsWith('.js') ? [path, `${path}.map`] : [path]
    })
    const schema = readdirSync(join(ROOT, 'schema')).filter((name) => name.endsWith('.graphql'))
    const rest = ['LICENSE', 'README.md', 'package.json', 'dist/herald.d.ts']
    expect(filesOf('herald')).toEqual([...made, ...schema.map((name) => `schema/${name}`), ...rest].sort())
  })

  test('started in an empty folder serves, with its data there, and stops on SIGTERM', async () => {
    const folder = tempFolder()
    const bin = join(server!, 'node_modules/.bin/herald')
    const { url, pid, stop } = await startIn(folder, [bin, 'start'], {})
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')).toContain('--max-semi-space-size=16')
    expect(readdirSync(folder)).toEqual(['data'])
    expect((await fetch(new URL('/ready', url))).status).toBe(200)
    expect(await (await fetch(url, { headers: { accept: 'text/html' } })).text()).toContain('GraphiQL')

    const notify = 'mutation ($input: NotifyInput!) { notify(input: $input) { recipients } }'
    const input = { userIds: ['alice'], notification: { type: 't', title: 'Hello' } }
    const token = await run(folder, bin, 'token', '--user', 'shop', '--role', 'backend')
    expect(await post(url, token.trim(), notify, { input })).toEqual({ notify: { recipients: 1 } })
    expect(await stop()).toBe(0)
  })

  test('serves with npx, and with workers and Redis scripts', async () => {
    const npx = ['npx', '--no-install', 'herald', 'start']
    const env = { DATA_DIR: tempFolder(), WORKERS: '2', REDIS_URL: inject('redis'), REDIS_PREFIX: newPrefix() }
    const { url } = await startIn(server!, npx, env)
    expect((await fetch(new URL('/ready', url))).status).toBe(200)
  })

  test('says which Node it needs to an older one', async () => {
    const old = await findNode(20)
    const bin = join(server!, 'node_modules/herald/dist/cli/herald.js')
    await expect(run(server!, old, bin, 'start')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^Herald needs Node\.js 24 or newer, and this is 20\.\S+ Put Node\.js 24 \S+ first/,
      ),
    })
  })

  test('starts in the process of who imports it', async () => {
    const script = `
      import { startHerald } from 'herald'
      const herald = await startHerald({ PORT: '0', DATA_DIR: '${tempFolder()}', JWT_SECRET: '${TEST_SECRET}', LOG_LEVEL: 'error' })
      console.log((await fetch(new URL('/ready', herald.url))).status)
      await herald.close()`
    expect(await run(server!, process.execPath, '--input-type=module', '--eval', script)).toBe('200\n')
  })
})

test('the other packages have their sources and what is made of them, and nothing else', () => {
  for (const { name, files } of packed.filter(({ name }) => !['herald', '@herald/schema'].includes(name))) {
    const folder = join(clone!, name.replace('@herald/', 'packages/'))
    const made = globSync('src/**/*.ts*', { cwd: folder }).flatMap((path) => {
      const stem = path.replace(/^src/, 'dist').replace(/\.tsx?$/, '')
      return [path, `${stem}.d.ts`, `${stem}.js`, `${stem}.js.map`]
    })
    const rest = ['LICENSE', 'README.md'].filter((one) => existsSync(join(folder, one)))
    expect(files).toEqual([...made, ...rest, 'package.json'].sort())
  }
  expect(filesOf('@herald/schema')).toEqual([
    ...['LICENSE', 'README.md', 'dist/commands.schema.json', 'dist/introspection.json', 'dist/schema.d.ts'],
    ...['dist/schema.graphql', 'dist/schema.js', 'package.json'],
  ])
})

test('all packages have the same version', () => {
  expect(new Set(packed.map(({ version }) => version)).size).toBe(1)
})

/** What is wrong in what is ours, and in who imports it. Packages of others have faults of their own. */
function faultsOf(program: ts.Program): readonly string[] {
  const isOurs = /consumer\.ts$|node_modules\/(@herald\/[^/]+|herald)\/(?!.*node_modules)/
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => !file || isOurs.test(file.fileName))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

test('what is imported from the packages has types, for the strictest who check also those', () => {
  const names = packed.flatMap(({ name }) => offeredBy(server!, name)).filter((name) => !/\.\w+$/.test(name))
  const file = join(server!, 'consumer.ts')
  writeFileSync(file, names.map((name, index) => `export * as all${index} from '${name}'\n`).join(''))
  const { compilerOptions } = ts.readConfigFile(
    join(ROOT, 'node_modules/@tsconfig/strictest/tsconfig.json'),
    ts.sys.readFile,
  ).config
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const { options } = ts.convertCompilerOptionsFromJson(
      {
        ...compilerOptions,
        module,
        moduleResolution,
        noEmit: true,
        skipLibCheck: false,
        types: [],
        lib: ['es2022', 'dom'],
      },
      server!,
    )
    expect(faultsOf(ts.createProgram([file], options))).toEqual([])
  }
})

test('the types for Apollo Client hold for its version 3, too', () => {
  const folder = join(place, 'apollo3/node_modules')
  mkdirSync(join(folder, '@apollo'), { recursive: true })
  for (const name of ['graphql', 'graphql-ws']) symlinkSync(join(ROOT, 'node_modules', name), join(folder, name))
  symlinkSync(join(ROOT, 'node_modules/apollo-client-3'), join(folder, '@apollo/client'))
  cpSync(join(others!, 'node_modules/@herald'), join(folder, '@herald'), { recursive: true })
  const file = join(folder, '../consumer.ts')
  writeFileSync(file, APOLLO_3)
  const options = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, strict: true }
  const libs = { target: ts.ScriptTarget.ES2022, noEmit: true, types: [] }
  expect(faultsOf(ts.createProgram([file], { ...options, ...libs }))).toEqual([])
})

const APOLLO_3 = `
  import { ApolloClient, InMemoryCache, type NormalizedCacheObject } from '@apollo/client/core'
  import { createHeraldLink, heraldCache } from '@herald/client/apollo'
  const link = createHeraldLink({ url: '/graphql', client: () => client })
  export const client: ApolloClient<NormalizedCacheObject> =
    new ApolloClient({ link, cache: new InMemoryCache(heraldCache) })`

const TRY = `
  import { readFileSync } from 'node:fs'
  import { fileURLToPath } from 'node:url'
  for (const name of process.argv.slice(1)) {
    if (!/\\.\\w+$/.test(name)) await import(name)
    else if (name.endsWith('.json')) JSON.parse(readFileSync(fileURLToPath(import.meta.resolve(name)), 'utf8'))
    else readFileSync(fileURLToPath(import.meta.resolve(name)))
  }
  console.log(process.version)`

test.each([20, 22, 24])(
  'the packages beside Herald can be imported by Node %i, every subpath',

  async (major) => {
    const node = await findNode(major)
    const names = packed.filter(({ name }) => name !== 'herald').flatMap(({ name }) => offeredBy(others!, name))
    expect(names.length).toBeGreaterThan(4)
    expect(await run(others!, node, '--input-type=module', '--eval', TRY, ...names)).toMatch(
      new RegExp(`^v${major}\\.`),
    )
  },
)

test('the example of the package @herald/backend sends once, however often it runs', async () => {
  const env = { DATA_DIR: tempFolder(), JWT_SECRET: TEST_SECRET }
  const { url } = await startIn(server!, [join(server!, 'node_modules/.bin/herald'), 'start'], env)
  copyFileSync(join(ROOT, 'examples/backends/library.mjs'), join(others!, 'library.mjs'))
  const node = await findNode(20)
  const send = () =>
    promisify(execFile)(node, ['library.mjs'], { cwd: others, env: { ...WITH_THIS_NODE, ...env, HERALD_URL: url } })
  await send()
  await send()
  const { notifications } = await post(
    url,
    await signTestToken('alice', 'customer'),
    '{ notifications { nodes { title } } }',
  )
  expect(notifications).toEqual({ nodes: [{ title: 'Your invoice is paid' }] })
})

test('the example for NestJS sends what the gateways sent', async () => {
  const env = { DATA_DIR: tempFolder(), JWT_SECRET: TEST_SECRET }
  const { url } = await startIn(server!, [join(server!, 'node_modules/.bin/herald'), 'start'], env)
  const folder = tempFolder()
  cpSync(join(clone!, 'examples/nestjs'), folder, { recursive: true })
  const backend = packed.filter(({ name }) => name === '@herald/backend')
  await installInto(folder, backend)
  await run(folder, 'npm', 'run', '--silent', 'build')
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/main.js'], {
    cwd: folder,
    env: { ...WITH_THIS_NODE, ...env, HERALD_URL: url },
  })
  expect(stdout).toBe('false\n')
  const { notifications } = await post(
    url,
    await signTestToken('alice', 'customer'),
    '{ notifications { nodes { title } } }',
  )
  expect(notifications).toEqual({ nodes: [{ title: 'Paid, says NestJS' }] })
})

test('the package @herald/schema says the same as SDL and as introspection', () => {
  const read = (name: string): string => readFileSync(join(others!, 'node_modules/@herald/schema/dist', name), 'utf8')
  const sdl = printSchema(buildSchema(read('schema.graphql')))
  expect(printSchema(buildClientSchema(JSON.parse(read('introspection.json')).data))).toBe(sdl)
})
