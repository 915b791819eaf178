import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CONFIG_KEYS } from '../../src/config-keys.ts'

const root = resolve(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

describe('the README', () => {
  test.each(Object.entries(CONFIG_KEYS))('lists %s with its default', (key, { fallback, meaning }) => {
    expect(readme).toContain(`| \`${key}\` | ${fallback === undefined ? '' : `\`${fallback}\``} | ${meaning} |`)
  })

  test('has a test for each row of what the Socket.IO service could do', () => {
    const folder = join(root, 'test/e2e')
    const files = readdirSync(folder).filter((name) => name.startsWith('socket-io-parity-'))
    const tests = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('')
    const table = readme.slice(readme.indexOf('| In the Socket.IO service'), readme.indexOf('## How it is built'))
    const rows = table
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(1)
    const names = rows.map((row) => row.split(' | ')[0]?.slice(2).replaceAll('`', ''))
    expect(names.length).toBeGreaterThan(25)
    for (const name of names) expect(tests).toContain(`test('${name}'`)
  })

  test('names every folder of src', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    for (const { name } of folders) expect(readme).toContain(`  ${name}/`)
  })
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
