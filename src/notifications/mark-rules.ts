import { type Selectable, sql } from 'kysely'
import type { Tables } from '../storage/tables.ts'
import type { Mark } from './notification.ts'

interface Rule {
  /** Where the mark is kept. */
  readonly column: 'seen_at' | 'read_at' | 'archived_at'
  /** Whether it sets the time there or takes it away. */
  readonly isSet: boolean
}

const RULES: Readonly<Record<Mark, Rule>> = {
  SEEN: { column: 'seen_at', isSet: true },
  READ: { column: 'read_at', isSet: true },
  UNREAD: { column: 'read_at', isSet: false },
  ARCHIVED: { column: 'archived_at', isSet: true },
  UNARCHIVED: { column: 'archived_at', isSet: false },
}

/** The marks of a row. */
export type MarkColumns = Pick<Selectable<Tables['inbox']>, Rule['column']>

/** Whether the mark would change the row: marking twice changes nothing. */
export const isChanging = (mark: Mark, row: MarkColumns): boolean => {
  const { column, isSet } = RULES[mark]
  return (row[column] === null) === isSet
}

/** Reading implies having seen, from the same revision on; what was seen before stays as it is. */
const seenToo = (at: number, revision: number) => ({
  seen_at: sql<number>`coalesce(seen_at, ${at})`,
  seen_revision: sql<number>`CASE WHEN seen_at IS NULL THEN ${revision} ELSE seen_revision END`,
})

/** What a mark writes to a row that it changes. */
export const toColumns = (mark: Mark, at: number, revision: number) => {
  switch (mark) {
    case 'SEEN':
      return { revision, seen_at: at, seen_revision: revision }
    case 'READ':
      return { revision, read_at: at, read_revision: revision, ...seenToo(at, revision) }
    case 'UNREAD':
      return { revision, read_at: null, read_revision: revision }
    case 'ARCHIVED':
      return { revision, archived_at: at, archived_revision: revision }
    case 'UNARCHIVED':
      return { revision, archived_at: null, archived_revision: revision }
  }
}

/**
 * What a mark of a whole inbox as read writes to a row that it changes. Its revision is kept once for all, and so in no row, except
 * where the mark was changed before: a device that knows the row only as read would not learn when that was done last.
 */
export const toBulkColumns = (at: number, revision: number) => ({
  revision,
  read_at: at,
  read_revision: sql<number | null>`CASE WHEN read_revision IS NULL THEN NULL ELSE CAST(${revision} AS bigint) END`,
  seen_at: sql<number>`coalesce(seen_at, ${at})`,
})
