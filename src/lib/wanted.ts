/** Which fields of something are wanted, by their names; undefined: all. */
export type Wanted = ReadonlySet<string> | undefined

/** What is wanted of a page: which of its own fields, and which of its entries. */
export interface WantedPage {
  readonly page: Wanted
  readonly entries: Wanted
}

/** All of a page. */
export const WHOLE_PAGE: WantedPage = { page: undefined, entries: undefined }

/** Whether one of these fields is wanted. */
export function wants(wanted: Wanted, ...fields: readonly string[]): boolean {
  return wanted === undefined || fields.some((field) => wanted.has(field))
}

/** Whether the entries of a page have to be read: for themselves, or because its ends are wanted. */
export function wantsEntries({ page }: WantedPage): boolean {
  return wants(page, 'edges', 'nodes', 'pageInfo')
}

/**
 * The columns that the wanted fields are made of, beside those that are needed in any case: `columnsFor(new Set(['id']), { id: ['id'],
 * text: ['body'] }, ['number'])` is `['number', 'id']`.
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

/** Stands for what is not wanted, and so was not read. */
export function notRead<Value>(): Value {
  return undefined as Value
}

/** JSON that was stored as text; what was not read stays so. */
export function parsed<Value>(text: string | null): Value | null {
  return text == null ? (text as null) : (JSON.parse(text) as Value)
}
