import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'

/** How a user wants to be told of a category. */
export interface Preferred {
  /** It counts. What does not is stored, and is muted. */
  readonly inApp: boolean
  /** It is handed off to the backend when nobody sees it. */
  readonly handOff: boolean
}

/** What arrives for a user: something of a category. */
export interface ArrivalKind {
  readonly userId: string
  readonly category: string
}

/** How users want to be told of categories. */
export type PreferredBy = (userId: string, category: string) => Preferred

/** The preferences of users, as inboxes ask for them when something arrives. */
export interface InboxPreferences {
  /**
   * SQL for whether any user prefers anything: 1 or 0. A statement that runs anyway selects it, and only then they are read. So who uses none
   * pays for none, and all nodes know at once when the first user says something.
   */
  readonly areUsed: RawBuilder<number>
  /** Reads how users want to be told of what arrives. Runs in the transaction in which it arrives. */
  read(tx: Tx, arriving: readonly ArrivalKind[]): Promise<PreferredBy>
}

const UNUSED = sql<number>`0`

/** SQL for whether any user prefers anything: 1 or 0. It is 0 where there are no preferences. */
export function areUsed(preferences: InboxPreferences | undefined): RawBuilder<number> {
  return preferences?.areUsed ?? UNUSED
}

/** Whether what arrives is muted. `preferred` is undefined where nobody prefers anything. */
export function isMutedBy(preferred: PreferredBy | undefined, { userId, category }: ArrivalKind): boolean {
  return preferred !== undefined && !preferred(userId, category).inApp
}
