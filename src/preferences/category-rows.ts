import type { Tx } from '../storage/storage.ts'

/** How a user wants to be told of one category. */
export interface CategoryPreference {
  /** The category; null for all that have no preference of their own. */
  readonly category: string | null
  /** It counts. What does not is stored without counting. */
  readonly inApp: boolean
  /** It is handed off to the backend when nobody sees it. */
  readonly handOff: boolean
}

/** How a user wants to be told of notifications. */
export interface CategoryPreferences {
  readonly default: CategoryPreference
  /** Sorted by category. */
  readonly categories: readonly CategoryPreference[]
}

/** The `category` of the row for all categories that have none of their own. A category is never empty. */
export const OTHERS = ''

/** How users want to be told who have never said it. */
export const UNSAID: CategoryPreference = { category: null, inApp: true, handOff: true }

/** Reads how a user wants to be told of categories. */
export async function readCategories(tx: Tx, userId: string): Promise<CategoryPreferences> {
  const rows = await tx
    .selectFrom('preferences')
    .select(['category', 'in_app', 'hand_off'])
    .where('user_id', '=', userId)
    .orderBy('category')
    .execute()
  const all = rows.map(
    ({ category, in_app, hand_off }): CategoryPreference => ({
      category: category === OTHERS ? null : category,
      inApp: in_app === 1,
      handOff: hand_off === 1,
    }),
  )
  return {
    default: all.find(({ category }) => category === null) ?? UNSAID,
    categories: all.filter(({ category }) => category !== null),
  }
}

/**
 * Locks the preferences of a user until the transaction ends, so that those who change them stand in line. Afterwards the user has a row for
 * the default; `tidyCategories` deletes it when nobody needs it.
 */
export async function lockCategories(tx: Tx, userId: string): Promise<void> {
  await tx
    .insertInto('preferences')
    .values({ user_id: userId, category: OTHERS, in_app: 1, hand_off: 1 })
    .onConflict((conflict) => conflict.columns(['user_id', 'category']).doUpdateSet({ category: OTHERS }))
    .execute()
}

/** Stores how a user wants to be told of one category, or of all without a preference of their own. */
export async function putCategory(tx: Tx, userId: string, preference: CategoryPreference): Promise<void> {
  const said = { in_app: preference.inApp ? 1 : 0, hand_off: preference.handOff ? 1 : 0 }
  await tx
    .insertInto('preferences')
    .values({ user_id: userId, category: preference.category ?? OTHERS, ...said })
    .onConflict((conflict) => conflict.columns(['user_id', 'category']).doUpdateSet(said))
    .execute()
}

/** Forgets what a user has said of one category, or with null of all without a preference of their own. */
export async function forgetCategory(tx: Tx, userId: string, category: string | null): Promise<void> {
  if (category === null) return putCategory(tx, userId, UNSAID)
  await tx.deleteFrom('preferences').where('user_id', '=', userId).where('category', '=', category).execute()
}

/** Deletes all rows of a user who wants to be told as if nothing had been said, so that who uses no preferences pays for none. */
export async function tidyCategories(tx: Tx, userId: string, preferences: CategoryPreferences): Promise<void> {
  const { inApp, handOff } = preferences.default
  if (inApp && handOff && preferences.categories.length === 0) await eraseCategories(tx, userId)
}

/** Deletes what a user has said of categories. */
export async function eraseCategories(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('preferences').where('user_id', '=', userId).execute()
}
