import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

function read(path: string): string {
  return readFileSync(resolve(ROOT, path), 'utf8')
}

/** The private parts of `ws`, and what Node's connections have from libuv. */
function privateParts(): ReadonlySet<string> {
  const parts = ['websocket', 'websocket-server', 'sender', 'receiver'].flatMap((name) =>
    [...read(`node_modules/ws/lib/${name}.js`).matchAll(/\bthis\.(_\w+)/g)].map(([, part = '']) => part),
  )
  return new Set([...parts, '_handle'])
}

test('one file of src knows private parts of ws, so that an update has one file to look into', () => {
  const parts = privateParts()
  for (const part of ['_socket', '_sender', '_receiver', '_maxPayload', '_state']) expect(parts).toContain(part)
  const known = new RegExp(String.raw`\b(?:${[...parts].join('|')})\b`, 'g')
  const found = globSync('src/**/*.ts', { cwd: ROOT }).map((file) => ({ file, names: read(file).match(known) ?? [] }))
  expect(found.filter(({ names }) => names.length > 0).map(({ file }) => file)).toEqual([
    'src/delivery/ws-internals.ts',
  ])
})

test('no new minor version of ws is taken unseen, since that may change its private parts', () => {
  const { dependencies } = JSON.parse(read('package.json'))
  expect(dependencies.ws).toMatch(/^~\d+\.\d+\.\d+$/)
  expect(JSON.parse(read('package-lock.json')).packages[''].dependencies.ws).toBe(dependencies.ws)
})
