import type { Tx } from '../storage/storage.ts'

/** Whose inbox. */
export interface InboxOf {
  readonly tx: Tx
  readonly userId: string
}

/** Revisions of an inbox behind one, and up to another. A notification has the place of the one that added it. */
export interface Range {
  readonly after: number
  readonly upTo: number
}

/** Where so many notifications of a range end, whatever they are; undefined: there are fewer. */
export const findEnd = async (
  { tx, userId }: InboxOf,
  { after, upTo }: Range,
  count: number,
): Promise<number | undefined> => {
  // No two notifications have one place.
  if (upTo - after < count) return undefined
  const row = await tx
    .selectFrom('inbox')
    .select('position')
    .where('user_id', '=', userId)
    .where('removed_at', 'is', null)
    .where('position', '>', after)
    .where('position', '<=', upTo)
    .orderBy('position')
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst()
  return row?.position
}
