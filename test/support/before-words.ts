import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Statements that undo migration 0017, for a database as an older Herald left it. */
export const BEFORE_WORDS: readonly string[] = readFileSync(join(import.meta.dirname, 'before-words.sql'), 'utf8')
  .split(';\n')
  .filter((statement) => statement !== '')
