import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isObjectType, parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { CONFIG_KEYS } from '../../src/config-keys.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { CLOSINGS } from '../../src/server/close-codes.ts'
import { heraldHere } from '../support/command-line.ts'

const root = resolve(import.meta.dirname, '../..')

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** The first cells of all tables of a page, without the quotes of code. */
function firstCells(page: string): readonly string[] {
  const rows = read(page)
    .split('\n')
    .filter((line) => line.startsWith('| '))
  return rows.map((row) => row.split(' | ')[0]?.slice(2).replaceAll('`', '') ?? '')
}

describe('docs/configuration.md', () => {
  const page = read('docs/configuration.md')

  test.each(Object.entries(CONFIG_KEYS))('lists %s with its default', (key, { fallback, meaning }) => {
    expect(page).toContain(`| \`${key}\` | ${fallback === undefined ? '' : `\`${fallback}\``} | ${meaning} |`)
  })

  test('lists nothing else', () => {
    const keys = firstCells('docs/configuration.md').filter((cell) => /^[A-Z_]+$/.test(cell))
    expect(keys).toEqual(Object.keys(CONFIG_KEYS))
  })
})

describe('docs/errors.md', () => {
  const cells = firstCells('docs/errors.md')

  test('lists each error code, and no other', () => {
    const codes = createSchema().getType('ErrorCode')
    const names = codes && 'getValues' in codes ? codes.getValues().map(({ name }) => name) : []
    expect(cells.filter((cell) => /^[A-Z_]+$/.test(cell)).sort()).toEqual(names.sort())
  })

  test.each(Object.entries(CLOSINGS))('says what clients do after the close code of %s', (_, { code, client }) => {
    const row = read('docs/errors.md').match(new RegExp(`^\\| ${code} \\|.*\\| (.+) \\|$`, 'm'))?.[1]
    expect(row).toMatch(client === 'fatal' ? /^They give up\.$/ : /^They connect again/)
  })

  test('lists no other close code', () => {
    const listed = cells.filter((cell) => /^\d{4}$/.test(cell)).map(Number)
    expect(listed).toEqual([...new Set(Object.values(CLOSINGS).map(({ code }) => code))])
  })
})

describe('docs/cli.md', () => {
  const page = read('docs/cli.md')

  test('has the list of commands as it is printed, and a heading for each', async () => {
    const { stdout } = await heraldHere(['--help'])
    expect(page).toContain(`\`\`\`\n${stdout}\`\`\``)
    const names = [...stdout.matchAll(/^ {2}(\S+) +\S/gm)].map((match) => match[1])
    expect([...page.matchAll(/^## herald (\S+):/gm)].map((match) => match[1]).sort()).toEqual(names.sort())
  })

  test('has the help of each command, word for word', async () => {
    for (const [, name = ''] of page.matchAll(/^## herald (\S+):/gm)) {
      // The help of start is the list of docs/configuration.md.
      if (name === 'start') continue
      const { stdout } = await heraldHere([name, '--help'])
      expect(page, name).toContain(`\`\`\`\n${stdout}\`\`\``)
    }
  })
})

describe('docs/backends.md', () => {
  test('names each command, and no other', () => {
    const [, list = ''] =
      read('docs/backends.md').match(/^- `type` is the name of a mutation for backends: ([^.]+)\.$/m) ?? []
    const { type } = JSON.parse(read('schema/commands.schema.json')).properties
    expect([...list.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(type.enum)
  })
})

describe('docs/schema.md', () => {
  const page = read('docs/schema.md')
  const fields = ['Query', 'Mutation', 'Subscription'].flatMap((name) => {
    const type = createSchema().getType(name)
    return isObjectType(type) ? Object.values(type.getFields()) : []
  })
  const WHO: Readonly<Record<string, string>> = {
    PUBLIC: 'anybody',
    USER: 'users',
    STAFF: 'staff',
    BACKEND: 'backends',
  }

  test.each(fields.map((field) => [field.name, field] as const))('lists %s, and who may use it', (name, field) => {
    const auth = field.astNode?.directives?.find((directive) => directive.name.value === 'auth')
    const requires = auth?.arguments?.find((argument) => argument.name.value === 'requires')?.value
    const who = WHO[requires?.kind === 'EnumValue' ? requires.value : 'USER']
    expect(page).toContain(`\n| \`${name}\` | ${who} | `)
  })

  test('lists nothing else', () => {
    const listed = [...page.matchAll(/^\| `(\w+)` \| (?:anybody|users|staff|backends) \|/gm)].map((match) => match[1])
    expect(listed.sort()).toEqual(fields.map(({ name }) => name).sort())
  })
})

test('docs/guarantees.md has a test for each promise', () => {
  const [promises = ''] = read('docs/guarantees.md').split('## What is not guaranteed')
  const rows = promises.split('\n').filter((line) => line.startsWith('| **'))
  expect(rows.length).toBeGreaterThan(15)
  // That they exist is a matter of test/house/links.
  for (const row of rows) expect(row).toMatch(/\[`[\w/-]+`\]\(\.\.\/test\/[\w/-]+\.test\.ts\)/)
})

test('docs/failures.md names tests that exist', () => {
  const rows = read('docs/failures.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
  const named = rows.flatMap((row) =>
    [...(row.split(' | ').at(-1) ?? '').matchAll(/`([a-z0-9]+\/[\w-]+)`/g)].map((match) => match[1]),
  )
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter((name) => !existsSync(join(root, `test/${name}.test.ts`)))).toEqual([])
})

test('docs/llms.txt has operations that Herald accepts', () => {
  const quoted = [...read('docs/llms.txt').matchAll(/`((?:query|mutation|subscription) [^`]+)`/g)]
  const mistakes = quoted.flatMap(([, text = '']) => validate(createSchema(), parse(text)))
  expect(quoted.length).toBeGreaterThan(3)
  expect(mistakes.map(({ message }) => message)).toEqual([])
})

test('docs/socket-io.md has a test for each row of what the Socket.IO service could do', () => {
  const folder = join(root, 'test/e2e')
  const files = readdirSync(folder).filter((name) => name.startsWith('socket-io-parity-'))
  const tests = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('')
  const page = read('docs/socket-io.md')
  const [, table = ''] = page.split('| In the Socket.IO service')
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(2)
  const names = rows.filter((row) => row !== '').map((row) => row.split(' | ')[0]?.slice(2).replaceAll('`', ''))
  expect(names.length).toBeGreaterThan(25)
  for (const name of names) expect(tests).toContain(`test('${name}'`)
})

describe('docs/dependencies.md', () => {
  test('gives a reason for every package', () => {
    const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
    const packages = ['package.json', 'bench/package.json', 'packages/client/package.json'].flatMap((file) => {
      const { dependencies, devDependencies, peerDependencies } = JSON.parse(readFileSync(join(root, file), 'utf8'))
      return Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })
    })
    expect(packages).toContain('socket.io')
    for (const name of packages) expect(page).toContain(`\`${name.replace(/^@graphql-codegen\/(?!core)/, '')}\``)
  })
})
