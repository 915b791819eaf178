import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BANNED_WORDS, findBannedWords } from '../words/banned-words.ts'

describe('the check of words', () => {
  test.each([
    ['a sentence', 'docs/redis.md', 'Each lane has a row.', 'docs/redis.md:1: "lane": say stream'],
    ['an identifier', 'src/a.ts', '\nconst inboxLane = 1', 'src/a.ts:2: "lane": say stream'],
    ['a constant', 'src/a.ts', 'MAX_LANES', 'src/a.ts:1: "lanes": say stream'],
    ['the name of a file', 'src/lane-heads.ts', '', 'src/lane-heads.ts:0: "lane": say stream'],
  ])('finds a private word in %s', (_, path, text, fault) => {
    expect(findBannedWords(path, text)).toEqual([fault])
  })

  test('takes no part of a word for it, and leaves a word alone where it is not banned', () => {
    expect(findBannedWords('src/a.ts', 'an aeroplane, planes, explanation')).toEqual([])
    expect(findBannedWords('docs/clients.md', 'A bell shows the count.')).toEqual([])
    expect(findBannedWords('src/a.ts', 'bell')).toHaveLength(1)
  })

  test('finds nothing in the glossary, which has the terms that it asks for', () => {
    const glossary = readFileSync(resolve(import.meta.dirname, '../../docs/glossary.md'), 'utf8')
    expect(findBannedWords('docs/glossary.md', glossary)).toEqual([])
    const terms = new Set(BANNED_WORDS.flatMap(({ instead }) => instead.split(/, or |, | or /)))
    expect(terms.size).toBeGreaterThan(10)
    for (const term of terms) expect(glossary.toLowerCase()).toContain(`**${term}**`)
  })
})
