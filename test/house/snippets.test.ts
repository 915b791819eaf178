import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { blocksOf, PAGES } from '../support/documentation.ts'

const FOLDER = resolve(import.meta.dirname, '../../examples/clients')

test('every TypeScript in the documentation is a file that the tests run, byte by byte', () => {
  const files = readdirSync(FOLDER).map((name) => readFileSync(join(FOLDER, name), 'utf8'))
  const blocks = PAGES.flatMap((page) => blocksOf(page, 'ts'))
  expect(blocks.length).toBeGreaterThanOrEqual(files.length)
  for (const { place, text } of blocks) expect(files, place).toContain(text)
  for (const file of files) expect(blocks.map(({ text }) => text)).toContain(file)
})

test('every block of the documentation says what language it is in', () => {
  const languages = new Set(PAGES.flatMap((page) => blocksOf(page)).map(({ language }) => language))
  expect([...languages].sort()).toEqual(['', 'graphql', 'json', 'sh', 'ts', 'yaml'])
})
