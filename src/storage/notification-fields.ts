import { optionalAddress, optionalText } from '../lib/input.ts'
import type { TextRule } from '../lib/text.ts'
import { type AddressRule, LINK, PICTURE } from '../lib/values.ts'

/** Describes a text that may be left out: the column in which it is stored, and the rule that it must follow. */
function text<Column extends string>(column: Column, rule: TextRule | AddressRule) {
  return {
    column,
    rule,
    /** The text to store; null when there is none. Throws BAD_USER_INPUT, which calls the field `name`. */
    check: (name: string, value: string | null | undefined): string | null =>
      'schemes' in rule ? optionalAddress(name, value, rule) : optionalText(name, value, rule),
  }
}

/**
 * The fields of a notification that may be null and are delivered as they were given, by their names in the schema. Each is
 * named here and nowhere else: from this list come the type of the table, the input and its checks, the columns that are
 * read, the notification that is delivered, and the JSON Schema of commands. How to add one: "Add a field" in
 * `CONTRIBUTING.md`.
 */
export const OPTIONAL_FIELDS = {
  actionUrl: text('action_url', LINK),
  imageUrl: text('image_url', PICTURE),
} as const

type Fields = typeof OPTIONAL_FIELDS

/** The name of an optional field in the schema, such as `imageUrl`. */
export type OptionalField = keyof Fields

/** The column of an optional field, such as `image_url`. */
export type OptionalColumn<Field extends OptionalField = OptionalField> = Fields[Field]['column']

/** The optional fields of a notification as they are stored, by column. */
export type OptionalColumns = { readonly [Column in OptionalColumn]: string | null }

/** The optional fields of a notification as a caller gives them. */
export type OptionalInput = { readonly [Field in OptionalField]?: string | null | undefined }

/** The optional fields of a notification as they are delivered. */
export type OptionalValues = { readonly [Field in OptionalField]: string | null }

const ENTRIES = Object.entries(OPTIONAL_FIELDS) as readonly (readonly [OptionalField, Fields[OptionalField]])[]

function mapOf<Key extends string>(keys: readonly Key[]) {
  return Object.fromEntries(keys.map((key) => [key, null])) as Record<Key, string | null>
}

// Copied for each object, so that all have one shape, in which V8 finds fields quickly.
const NO_COLUMNS = mapOf(ENTRIES.map(([, { column }]) => column))
const NO_VALUES = mapOf(ENTRIES.map(([field]) => field))

/**
 * Checks the optional fields of an input and returns them by column; those that were left out are null. Throws BAD_USER_INPUT when one
 * breaks its rule.
 */
export function toOptionalColumns(input: OptionalInput): OptionalColumns {
  const columns = { ...NO_COLUMNS }
  for (const [field, { column, check }] of ENTRIES) columns[column] = check(field, input[field])
  return columns
}

/** As `toOptionalColumns`, without those that were left out. Null clears a column. */
export function toGivenColumns(input: OptionalInput): Partial<OptionalColumns> {
  const given = ENTRIES.filter(([field]) => input[field] !== undefined)
  return Object.fromEntries(given.map(([field, { column, check }]) => [column, check(field, input[field])]))
}

/** Returns the optional fields of a row. A field whose column was not read is undefined. */
export function toOptionalValues(row: OptionalColumns): OptionalValues {
  const values = { ...NO_VALUES }
  for (const [field, { column }] of ENTRIES) values[field] = row[column]
  return values
}
