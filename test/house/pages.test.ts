import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CONFIG_KEYS } from '../../src/config-keys.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { CLOSINGS } from '../../src/server/close-codes.ts'

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
