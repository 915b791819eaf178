import type { Viewer } from '../auth/viewer.ts'
import { badInput } from '../lib/errors.ts'
import { optionalText } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { CATEGORY } from '../lib/values.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import {
  type CategoryPreference,
  type CategoryPreferences,
  eraseCategories,
  forgetCategory,
  lockCategories,
  putCategory,
  readCategories,
  tidyCategories,
} from './category-rows.ts'
import { type OfInboxes, ofInboxes } from './inbox-preferences.ts'
import { createQuietHours, eraseQuietHours, type QuietPreferences } from './quiet-hours.ts'

/** What a user says of one category. */
export interface PreferenceInput {
  /** Left out or null: all categories without a preference of their own. */
  readonly category?: string | null | undefined
  /** Left out or null: as before. */
  readonly inApp?: boolean | null | undefined
  /** Left out or null: as before. With neither, the default applies again. */
  readonly handOff?: boolean | null | undefined
}

/** The feature of preferences: how users want to be told. */
export interface Preferences extends QuietPreferences {
  /** Reads how the viewer wants to be told. */
  read(viewer: Viewer): Promise<CategoryPreferences>
  /**
   * Stores how the viewer wants to be told of a category, from what arrives next, and resolves to all preferences as they are then. Throws
   * BAD_USER_INPUT when the category is none, or when the viewer has preferences for `limits.preferences` others.
   */
  set(viewer: Viewer, input: PreferenceInput): Promise<CategoryPreferences>
  /** What inboxes ask when something arrives. */
  readonly inbox: OfInboxes
  /** Deletes what a user has said, as part of a transaction. */
  erase(tx: Tx, userId: string): Promise<void>
}

/** What `createPreferences` needs. */
export interface PreferencesDeps {
  readonly storage: Storage
  readonly limits: Pick<Limits, 'preferences'>
  /** Lets what waits for the end of a user's quiet hours be looked at now. Runs in the transaction that changes them. Left out: nothing waits. */
  readonly quietHoursChanged?: (tx: Tx, userId: string) => Promise<void>
}

/** The preference for a category that results from what is said now. What is not said stays as it is. */
function changed(
  { default: others, categories }: CategoryPreferences,
  { category, inApp, handOff }: PreferenceInput & { readonly category: string | null },
): CategoryPreference {
  const before = categories.find((one) => one.category === category) ?? others
  return { category, inApp: inApp ?? before.inApp, handOff: handOff ?? before.handOff }
}

function requireRoom({ categories }: CategoryPreferences, category: string | null, most: number): void {
  if (category === null || categories.length < most || categories.some((one) => one.category === category)) return
  throw badInput(`There are preferences for ${categories.length} categories, at most ${most} are allowed.`)
}

/** Creates the feature. */
export function createPreferences(deps: PreferencesDeps): Preferences {
  const { storage, limits } = deps
  return {
    ...createQuietHours(deps),
    read: ({ userId }) => storage.read((tx) => readCategories(tx, userId)),
    set: async ({ userId }, { category: named, inApp, handOff }) => {
      const category = optionalText('category', named, CATEGORY)
      return storage.write(async (tx) => {
        await lockCategories(tx, userId)
        const before = await readCategories(tx, userId)
        if (inApp == null && handOff == null) await forgetCategory(tx, userId, category)
        else {
          requireRoom(before, category, limits.preferences)
          await putCategory(tx, userId, changed(before, { category, inApp, handOff }))
        }
        const now = await readCategories(tx, userId)
        await tidyCategories(tx, userId, now)
        return now
      })
    },
    inbox: ofInboxes,
    erase: async (tx, userId) => {
      await eraseCategories(tx, userId)
      await eraseQuietHours(tx, userId)
    },
  }
}
