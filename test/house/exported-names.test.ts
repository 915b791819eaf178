import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')
const EXPORT = /^export (?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type) (\w+)/gm

/** The files that export each name. What is generated has the names of the schema, which features have, too. */
function filesByName(): ReadonlyMap<string, readonly string[]> {
  const found = globSync('**/*.ts', { cwd: SRC })
    .filter((file) => !file.endsWith('generated.ts'))
    .flatMap((file) =>
      [...readFileSync(resolve(SRC, file), 'utf8').matchAll(EXPORT)].map(([, name = '']) => ({ name, file })),
    )
  const entries = Map.groupBy(found, ({ name }) => name)
  return new Map([...entries].map(([name, all]) => [name, all.map(({ file }) => file).sort()]))
}

test('no two files export the same name, so that it says which thing is meant', () => {
  const names = filesByName()
  expect(names.size).toBeGreaterThan(1_000)
  expect([...names].filter(([, files]) => files.length > 1)).toEqual([])
})
