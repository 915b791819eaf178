import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { LIMITS } from '../../src/lib/limits.ts'

const root = resolve(import.meta.dirname, '..')
/** Those about the configuration as a whole prove nothing about one limit. */
const ABOUT_ALL = ['limits.test.ts', 'config.test.ts', 'config-near-misses.test.ts']

const tests = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter(({ name, parentPath }) => name.endsWith('.test.ts') && !(parentPath === import.meta.dirname))
  .filter(({ name, parentPath }) => !(parentPath === join(root, 'features') && ABOUT_ALL.includes(name)))
  .map(({ name, parentPath }) => readFileSync(join(parentPath, name), 'utf8'))

/** Whether a test sets the limit, by its key or by its name among limits. */
function isSetIn(text: string, name: string, key: string): boolean {
  return new RegExp(`\\b${key}\\b|\\blimits(: | = )\\{[^}]*\\b${name}\\b`).test(text)
}

describe.each(Object.entries(LIMITS))('the limit %s', (name, { key, fallback, meaning }) => {
  test('is set by its key and has a default', () => {
    expect(loadConfig({}).limits).toHaveProperty(name, fallback)
    expect(loadConfig({ [key]: '12345' }).limits).toHaveProperty(name, 12_345)
  })

  test('is a sentence of the reference', () => {
    expect(meaning).toMatch(/^[A-Z].+\.$/)
  })

  test('has a test', () => {
    expect(tests.some((text) => isSetIn(text, name, key))).toBe(true)
  })
})

test('no two limits have the same key', () => {
  const keys = Object.values(LIMITS).map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
})
