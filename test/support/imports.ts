import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { signTestToken, type TestApp, type TokenRole } from './app.ts'
import { type Answer, ask } from './ask.ts'
import { type Env, heraldHere } from './command-line.ts'
import { tempFolder } from './temp.ts'

/** A line of a file that is imported. */
export type Line = Readonly<Record<string, unknown>>

/** A moment of 2020, so many minutes after its begin. */
export function at(minute: number): string {
  return new Date(Date.UTC(2020, 0, 1) + minute * 60_000).toISOString()
}

/** A notification of Ann. */
export function told(id: string, minute: number, more: Line = {}): Line {
  return { kind: 'notification', id, userId: 'ann', type: 'order.shipped', title: id, createdAt: at(minute), ...more }
}

/** A message of Ann in the ticket `TICKET`. */
export function said(id: string, minute: number, more: Line = {}): Line {
  return { kind: 'message', id, ticketId: 't', author: { id: 'ann' }, body: id, createdAt: at(minute), ...more }
}

/** An agent. */
export const SAM = { id: 'sam', role: 'AGENT', name: 'Sam' }
/** A ticket of Ann and Ben. */
export const TICKET: Line = {
  kind: 'ticket',
  id: 't',
  subject: 'The lamp',
  status: 'PENDING',
  assignee: SAM,
  participants: [{ id: 'ann', name: 'Ann' }, { id: 'ben' }],
  createdAt: at(0),
}

/** A file with these lines; a text is a line as it is. */
export function fileOf(lines: readonly (Line | string)[]): string {
  const file = join(tempFolder(), 'export.ndjson')
  writeFileSync(file, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))
  return file
}

/** What an import did with the lines of a kind. */
export interface Imported {
  readonly stored: number
  readonly updated: number
  readonly known: number
  readonly refused: number
}

/** How an import ended, and what it said. */
export interface ImportResult {
  readonly code: number | null
  readonly kinds: Readonly<Record<string, Imported>>
  readonly refused: number
  readonly stderr: string
}

/** Imports lines into the database of a Herald with this configuration, which does not run. */
export async function importLines(
  env: Environment,
  lines: readonly (Line | string)[],
  options: readonly string[] = [],
): Promise<ImportResult> {
  const { code, stdout, stderr } = await heraldHere(['import', fileOf(lines), '--json', ...options], env as Env)
  return { code, stderr, ...JSON.parse(stdout || '{}') }
}

/** `importLines` of which all are stored, or were there already. */
export async function importAll(env: Environment, lines: readonly Line[]): Promise<ImportResult['kinds']> {
  const { code, stderr, kinds } = await importLines(env, lines)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return kinds
}

/** Asks a Herald as somebody; fails when there are errors. */
export async function askAs(
  { url }: Pick<TestApp, 'url'>,
  [userId, role]: readonly [userId: string, role?: TokenRole],
  query: string,
  variables: unknown = {},
): Promise<Answer> {
  const { body } = await ask(
    url,
    { query, variables },
    { authorization: `Bearer ${await signTestToken(userId, role)}` },
  )
  expect(body['errors']).toBeUndefined()
  return body['data']
}
