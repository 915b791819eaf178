import { sql } from 'kysely'

/** Names a notification in an inbox. */
export interface EntryKey {
  readonly user_id: string
  readonly notification_id: string
}

const toTuple = ({ user_id, notification_id }: EntryKey) => sql`(${user_id}, ${notification_id})`

/** One of these rows. Spelt with VALUES, which both databases understand and look up by the primary key. */
export const isOneOf = (keys: readonly EntryKey[]) =>
  sql<boolean>`(user_id, notification_id) IN (VALUES ${sql.join(keys.map(toTuple))})`
