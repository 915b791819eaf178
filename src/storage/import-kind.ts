import { v5 } from 'uuid'
import { z } from 'zod'
import { badInput } from '../lib/errors.ts'
import type { JsonObject } from '../lib/json.ts'
import type { TextRule } from '../lib/text.ts'
import { parseTime } from '../lib/time.ts'
import type { Storage, Tx } from './storage.ts'

/**
 * What became of something that was imported. `known`: it was there already, and stays as it is. `updated`: it was there already, and
 * got marks. Otherwise it was refused, and this is why.
 */
export type ImportOutcome = 'stored' | 'updated' | 'known' | { readonly refused: string }

/** One kind of things that can be imported with their old ids, times and marks. Nobody is told of them. */
export interface ImportKind<Draft> {
  /** Checks what a line of a file says. Throws BAD_USER_INPUT. */
  check(value: unknown): Draft
  /**
   * Stores drafts in their order, each once. Resolves to what became of each. Runs in a transaction, while no node serves from the database.
   * Cursors of what it changes expire, so that clients of before load anew.
   */
  store(tx: Tx, drafts: readonly Draft[]): Promise<readonly ImportOutcome[]>
  /** Does what is left when everything is stored, in transactions of its own. Of an import that was broken off the next one does it. */
  finish?(write: Storage['write']): Promise<void>
}

/** The id that something had where it comes from. */
export const OLD_ID: TextRule = { max: 256 }

/** The namespace of the ids of what was imported, for UUIDs of version 5. Documented, since other programs compute the same ids. */
const NAMESPACE = '57a4f62c-4713-5d16-9c3c-d2dd4a5aee6d'

/** Where a UUID says its version. */
const VERSION_AT = 14

/**
 * The id of something that was imported, by its names where it comes from: the same for the same names, so that importing it again finds
 * it. No name has a line break, so different names never become the same text.
 */
export function importedId(kind: 'notification' | 'message', ...names: readonly string[]): string {
  return v5([kind, ...names].join('\n'), NAMESPACE)
}

/** Whether an id was made by `importedId`. Other ids of Herald are UUIDs of another version. */
export function isImportedId(id: string): boolean {
  return id[VERSION_AT] === '5'
}

/** An `ID` as the API takes it: a text, or a whole number. */
export const importedText: z.ZodType<string> = z.union([z.string(), z.int().transform(String)], {
  error: 'must be a text or a whole number',
})

const NO_TIME = 'must be a time such as 2026-01-31T08:30:00.123Z, with an offset and no part below milliseconds'

/** A time as the API takes it, in milliseconds since 1970. It must not be before 1970. */
export const importedTime: z.ZodType<number> = z.unknown().transform((value, context) => {
  const time = typeof value === 'string' ? parseTime(value) : undefined
  if (time !== undefined && time >= 0) return time
  const message = time === undefined ? NO_TIME : 'must not be before 1970'
  context.addIssue({ code: 'custom', message, input: value })
  return z.NEVER
})

/** A JSON object. What is in it was checked when its text was parsed. */
export const importedObject: z.ZodType<JsonObject> = z.custom<JsonObject>(
  (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
  'must be an object',
)

/** Somebody, as `ActorInput` of the API describes them. Null counts as left out. */
export const importedActor = z.strictObject({
  id: importedText,
  role: z
    .enum(['CUSTOMER', 'AGENT', 'ADMIN', 'BACKEND'])
    .nullish()
    .transform((role) => role ?? undefined),
  name: z.string().nullish(),
  avatarUrl: z.string().nullish(),
})

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('')
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  const name = pathOf(issue.path) || 'The line'
  if (issue.code === 'unrecognized_keys') {
    const place = issue.path.length === 0 ? '' : `${name}.`
    return `${place}${issue.keys[0]} is no field that can be imported`
  }
  if (issue.input === undefined) return `${name} is missing`
  if (issue.code === 'invalid_type') return `${name} must be ${NOUNS[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value') return `${name} must be ${issue.values.join(' or ')}`
  return `${name} ${issue.message}`
}

/** Returns the value in the shape of a schema. Throws BAD_USER_INPUT, which names the first field that has another shape. */
export function requireShape<Shape>(schema: z.ZodType<Shape>, value: unknown): Shape {
  const { data, error } = schema.safeParse(value, { reportInput: true })
  const [issue] = error?.issues ?? []
  if (issue) throw badInput(`${sentenceOf(issue)}.`)
  return data as Shape
}

/** Throws BAD_USER_INPUT unless times are in the past, by their names. Those that are null or undefined are left out. */
export function requirePast(times: Readonly<Record<string, number | null | undefined>>, now: number): void {
  for (const [name, time] of Object.entries(times)) {
    if (time != null && time > now) throw badInput(`${name} must not be in the future.`)
  }
}
