import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const SOURCES = ['src', 'packages/client/src', 'packages/backend/src']
const EXPORT = /^export (?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type) (\w+)/gm

/** The files that export each name. What is generated has the names of the schema, which features have, too. */
function filesByName(folder: string): ReadonlyMap<string, readonly string[]> {
  const cwd = resolve(ROOT, folder)
  const found = globSync('**/*.ts', { cwd })
    .filter((file) => !file.endsWith('generated.ts'))
    .flatMap((file) =>
      [...readFileSync(resolve(cwd, file), 'utf8').matchAll(EXPORT)].map(([, name = '']) => ({ name, file })),
    )
  const entries = Map.groupBy(found, ({ name }) => name)
  return new Map([...entries].map(([name, all]) => [name, all.map(({ file }) => file).sort()]))
}

test.each(SOURCES)('no two files of %s export the same name, so that it says which thing is meant', (folder) => {
  const names = filesByName(folder)
  expect(names.size).toBeGreaterThan(folder === 'src' ? 1_000 : 2)
  expect([...names].filter(([, files]) => files.length > 1)).toEqual([])
})
