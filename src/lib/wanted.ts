/** The names of the fields that an operation asks for. Undefined: all fields. */
export type Wanted = ReadonlySet<string> | undefined

/** The fields that an operation asks for of a page (`page`), and of its entries (`entries`). */
export interface WantedPage {
  readonly page: Wanted
  readonly entries: Wanted
  /** Whether unread counts say how many are unseen, too. Left out: they do not. */
  readonly unseen?: boolean
}

/** Asks for all fields of a page and of its entries. */
export const WHOLE_PAGE: WantedPage = { page: undefined, entries: undefined }

/** Whether at least one of these fields is wanted. */
export function wants(wanted: Wanted, ...fields: readonly string[]): boolean {
  return wanted === undefined || fields.some((field) => wanted.has(field))
}

/** Whether at least one of these fields was asked for by name. */
export function asks(wanted: Wanted, ...fields: readonly string[]): boolean {
  return wanted !== undefined && fields.some((field) => wanted.has(field))
}

/** Whether the entries of a page have to be read: because they are wanted, or because `pageInfo` is made of the first and last one. */
export function wantsEntries({ page }: WantedPage): boolean {
  return wants(page, 'edges', 'nodes', 'pageInfo')
}

/**
 * The columns to read for the wanted fields, without duplicates. `made` has the columns of each field; `always` has the columns that are
 * read in any case. Example: `columnsFor(new Set(['id']), { id: ['id'], text: ['body'] }, ['number'])` is `['number', 'id']`.
 */
export function columnsFor<Column extends string>(
  wanted: Wanted,
  made: Readonly<Record<string, readonly Column[]>>,
  always: readonly NoInfer<Column>[],
): readonly Column[] {
  const columns = new Set<Column>(always)
  for (const [field, of] of Object.entries(made)) {
    if (wants(wanted, field)) for (const column of of) columns.add(column)
  }
  return [...columns]
}

/** Undefined, typed as a value: it stands for a field that is not wanted, and so was not read. */
export function notRead<Value>(): Value {
  return undefined as Value
}

/** Parses JSON that was stored as text. Null stays null, and undefined (a column that was not read) stays undefined. */
export function parsed<Value>(text: string | null): Value | null {
  return text == null ? (text as null) : (JSON.parse(text) as Value)
}
