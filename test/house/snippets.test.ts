import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { blocksOf, PAGES } from '../support/documentation.ts'

const EXAMPLES = resolve(import.meta.dirname, '../../examples')

/** The text of each file in a folder of examples, by its name from there. */
function filesIn(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(join(EXAMPLES, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map(({ name, parentPath }) => relative(EXAMPLES, join(parentPath, name)))
  return new Map(names.map((name) => [name, readFileSync(join(EXAMPLES, name), 'utf8')]))
}

/** The languages in which the documentation shows whole files. What is in the others is run by test/process/documentation. */
const WHOLE_FILES = [
  'ts',
  'tsx',
  'js',
  'html',
  'python',
  'php',
  'ruby',
  'go',
  'ini',
  'nginx',
  'caddy',
  'haproxy',
  'yaml',
  'sql',
]
/** Parts of a file, which is not Herald's. */
const PARTS = ['scrape_configs:']

const files = filesIn('.')
const blocks = PAGES.flatMap((page) => WHOLE_FILES.flatMap((language) => blocksOf(page, language))).filter(
  ({ text }) => !PARTS.some((part) => text.startsWith(part)),
)

test('every program and file in the documentation is an example that the tests run, byte by byte', () => {
  const texts = [...files.values()]
  for (const { place, text } of blocks) expect(texts, place).toContain(text)
  expect(blocks.length).toBeGreaterThan(5)
})

test.each(['clients', 'deploy', 'kit', 'socket-io', 'tokens', 'tutorial'])(
  'every file of examples/%s is shown in the documentation',
  (folder) => {
    const shown = PAGES.flatMap((page) => blocksOf(page)).map(({ text }) => text)
    for (const [name, text] of filesIn(folder)) expect(shown, name).toContain(text)
  },
)

test('every block of the documentation says what language it is in', () => {
  const languages = new Set(PAGES.flatMap((page) => blocksOf(page)).map(({ language }) => language))
  expect([...languages].sort()).toEqual(
    ['', 'graphql', 'json', 'sh', ...WHOLE_FILES].filter((language) => languages.has(language)).sort(),
  )
})

/** Each example is a folder to copy, so each has these. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  'backend of pages': ['html', 'react-apollo', 'react-client', 'react-urql'].map((name) => `${name}/backend.mjs`),
  'style of pages': ['html', 'react-apollo/src', 'react-client/src', 'react-urql/src'].map(
    (name) => `${name}/style.css`,
  ),
  'page of React': ['react-apollo', 'react-client', 'react-urql'].map((name) => `${name}/index.html`),
  'page beside its client': ['react-apollo', 'react-urql'].map((name) => `${name}/src/app.tsx`),
  'typing beside its client': ['react-apollo', 'react-urql'].map((name) => `${name}/src/typing.ts`),
}

test.each(Object.entries(SAME))('the examples have the same %s', (_what, [first = '', ...others]) => {
  expect(files.get(first), first).toBeDefined()
  for (const other of others) expect(files.get(other), other).toBe(files.get(first))
})
