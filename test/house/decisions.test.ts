import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anchorsOf, describeFaults, readDecisions } from '../support/decisions.ts'
import { PAGES } from '../support/documentation.ts'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/decisions.md'), 'utf8')
const decisions = readDecisions(page)

const SMALL = `# Decisions

| No. | Date | Decision | State |
|---:|---|---|---|
| 1 | 2026-11-22 | [\`a\` first](#1-2026-11-22-a-first) | replaced by 2 |
| 2 | 2026-11-23 | [Then b](#2-2026-11-23-then-b) | holds |

## 1. 2026-11-22: \`a\` first

**State.** Replaced by [2](#2-2026-11-23-then-b).

## 2. 2026-11-23: Then b

**Context.** C.
`

describe('docs/decisions.md', () => {
  test('has an index that agrees with its entries', () => {
    expect(describeFaults(page)).toEqual([])
    expect(decisions.length).toBeGreaterThan(100)
  })

  test('has no faults when it is like this', () => {
    expect(describeFaults(SMALL)).toEqual([])
  })

  test.each([
    ['a title that is another one', ['[Then b]', '[Then c]'], 'the index lacks: | 2 |'],
    ['a state that is another one', ['replaced by 2 |', 'holds |'], 'the index lacks: | 1 |'],
    [
      'a line too many',
      ['\n\n## 1', '\n| 3 | 2026-11-24 | [D](#d) | holds |\n\n## 1'],
      'the index has, of no entry: | 3',
    ],
    ['an entry without a number', ['## 2. ', '## '], 'entry 2 has the number NaN'],
    ['a number that is there twice', ['## 2. ', '## 1. '], 'entry 2 has the number 1'],
    ['an entry before its time', ['## 2. 2026-11-23', '## 2. 2026-11-21'], 'entry 2 is older'],
    [
      'an entry that an older one replaces',
      ['[2](#2-2026-11-23-then-b).', '[1](#1-2026-11-22-a-first).'],
      'entry 1 names',
    ],
  ])('with %s fails the check', (_, [from, to], fault) => {
    expect(describeFaults(SMALL.replace(from!, to!)).join('\n')).toContain(fault)
  })

  test('is linked to where an entry is', () => {
    const links = PAGES.flatMap((name) => [
      ...readFileSync(join(root, name), 'utf8').matchAll(/decisions\.md#([\w-]+)/g),
    ]).map((match) => match[1])
    expect(links.length).toBeGreaterThan(2)
    expect(anchorsOf(decisions)).toEqual(expect.arrayContaining(links))
  })

  test('is referred to in the code by numbers that it has', () => {
    const files = ['src', 'test'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter(({ name }) => name.endsWith('.ts'))
        .map(({ name, parentPath }) => join(parentPath, name)),
    )
    const numbers = [join(root, 'Dockerfile'), ...files].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\(docs\/decisions\.md(?:, (\d+))?\)/g)].map((match) => Number(match[1])),
    )
    expect(numbers.length).toBeGreaterThan(1)
    expect(decisions.map(({ number }) => number)).toEqual(expect.arrayContaining(numbers))
  })
})
