import { readFileSync } from 'node:fs'
import { getOperationAST, parse } from 'graphql'
import { expect, test } from 'vitest'
import { EXAMPLES } from '../../src/server/graphiql/examples.ts'

test('docs/graphiql.md names each tab, and no other', () => {
  const page = readFileSync(new URL('../../docs/graphiql.md', import.meta.url), 'utf8')
  const table = page.split('\n').filter((line) => line.startsWith('| `'))
  const named = table.join('\n').match(/`[A-Z]\w+`/g) ?? []
  const tabs = Object.values(EXAMPLES).flatMap((texts) =>
    texts.map((text) => getOperationAST(parse(text))?.name?.value),
  )
  expect(named.map((name) => name.slice(1, -1)).sort()).toEqual(tabs.sort())
})
