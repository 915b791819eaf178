import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { findBannedWords } from './banned-words.ts'

// Finds private words in all that is read by people. Left out are decisions, which are history; migrations that have run; the schema
// of the last release; this check and its tests; and what has no lines for people.

const ROOT = resolve(import.meta.dirname, '../..')
const HISTORY = /^(docs\/decisions\.md|src\/storage\/migrations\/|schema\/released\/|test\/words\/|test\/house\/words)/
const TEXTS = new Set(['.ts', '.js', '.mjs', '.lua', '.graphql', '.md', '.yml', '.yaml', '.html'])

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => TEXTS.has(extname(file)) && !HISTORY.test(file))
if (files.length < 500) throw new Error(`Only ${files.length} files were found to look at.`)
const faults = files.flatMap((file) => findBannedWords(file, readFileSync(resolve(ROOT, file), 'utf8')))
if (faults.length > 0) {
  console.error([...faults, '\nThe words are those of docs/glossary.md.'].join('\n'))
  process.exitCode = 1
}
