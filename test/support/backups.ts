import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { type Env, herald } from './command-line.ts'

/** Runs `herald` and expects it to succeed; returns what it printed. */
export async function succeed(args: readonly string[], env: Env): Promise<string> {
  const { code, stdout, stderr } = await herald(args, env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

/** Runs `herald`, expects it to fail with one sentence or two on one line, and returns that line. */
export async function fail(args: readonly string[], env: Env): Promise<string> {
  const { code, stderr } = await herald(args, env)
  expect(code).toBe(1)
  expect(stderr).toMatch(/^[^\n]+\.\n$/)
  return stderr.trim()
}

/** Runs one statement on a database file that nobody uses, or only reads it; returns its rows. */
export function query(file: string, statement: string, readOnly = true): Record<string, unknown>[] {
  const database = new DatabaseSync(file, { readOnly })
  try {
    return database.prepare(statement).all()
  } finally {
    database.close()
  }
}

/** The titles of all notifications in a file, in the order of their ids. */
export function titlesIn(file: string): readonly unknown[] {
  return query(file, 'SELECT title FROM notifications ORDER BY id').map(({ title }) => title)
}

/** Changes a database file that nobody uses. */
export function change(file: string, statements: string): void {
  const database = new DatabaseSync(file)
  database.exec(statements)
  database.close()
}

/** Gives a database file that nobody uses so many empty pages that a command tells how far it is. */
export function makeLarge(file: string): void {
  change(file, 'CREATE TABLE padding (x); INSERT INTO padding VALUES (zeroblob(70000000)); DROP TABLE padding')
}

/** How a command says that. */
export const TOLD_HOW_FAR = /^Copied .* MiB of 6\d\.\d MiB \(\d+ %\)$/m
