import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

function read(name: string): string {
  return readFileSync(join(root, name), 'utf8')
}

const page = read('CONTRIBUTING.md')

/** What the page names in backquotes that looks like a file or folder from the root. */
const named = [...page.matchAll(/`((?:\.\w|schema|src|packages|test|docs|bench|examples)[\w./-]*)`/g)].map(
  (match) => match[1]!,
)
/** What a recipe tells to make. */
const TO_BE_MADE = ['src/bus/nats-link.ts']

describe('CONTRIBUTING.md', () => {
  test('names files and folders that exist', () => {
    const missing = named.filter((path) => !existsSync(join(root, path)) && !TO_BE_MADE.includes(path))
    expect(missing).toEqual([])
    expect(named.length).toBeGreaterThan(30)
  })

  test('has every folder of src in its map', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const map = page.slice(page.indexOf('## The map'), page.indexOf('## How changes'))
    for (const { name } of folders) expect(map).toContain(`\`${name}/\``)
  })
})

test('editors, the workflow and package.json agree on the version of Node', () => {
  const { engines, devDependencies } = JSON.parse(read('package.json'))
  const version = read('.nvmrc').trim()
  expect(engines.node).toBe(`>=${version}`)
  expect(devDependencies.node).toMatch(new RegExp(`^\\^${version}\\.`))
  expect(read('.github/workflows/check.yml')).toContain('node-version-file: .nvmrc')
})
