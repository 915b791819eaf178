import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { scrape } from '../support/metrics.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/operations.md'), 'utf8')

test('docs/operations.md explains each metric of Herald, and no other', async () => {
  const { families } = await scrape(await startTestApp())
  const served = [...families.keys()].filter((name) => name.startsWith('herald_'))
  const explained = [...page.matchAll(/^\| `(herald_\w+)` \| \S/gm)].map(([, name]) => name)
  expect(explained.toSorted()).toEqual(served.toSorted())
})
