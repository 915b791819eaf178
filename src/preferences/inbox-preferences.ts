import { sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import type { PreferencesTable } from '../storage/preference-tables.ts'
import type { Tx } from '../storage/storage.ts'
import { type CategoryPreference, OTHERS, UNSAID } from './category-rows.ts'

/** What arrives in an inbox: something of a category. */
interface Arriving {
  readonly userId: string
  readonly category: string
}

/** How users want to be told of what arrives in their inboxes. */
export interface OfInboxes {
  /** SQL for whether any user has said anything: 1 or 0. */
  readonly areUsed: typeof ARE_USED
  /** Reads how users want to be told of what arrives, with one statement for each thousand. */
  read(
    tx: Tx,
    arriving: readonly Arriving[],
  ): Promise<(userId: string, category: string) => Pick<CategoryPreference, 'inApp' | 'handOff'>>
}

const ARE_USED = sql<number>`CASE WHEN EXISTS (SELECT 1 FROM preferences) THEN 1 ELSE 0 END`
/** Rows of one statement: so few that it never holds up the process. */
const ROWS_PER_STATEMENT = 1_000

function selectNamed(arriving: readonly Arriving[]) {
  const named = arriving.map(({ userId, category }) => sql`(${userId}, ${category})`)
  return sql<PreferencesTable>`
    WITH named (user_id, category) AS (VALUES ${sql.join(named)})
    SELECT p.user_id, p.category, p.in_app, p.hand_off
    FROM named JOIN preferences p ON p.user_id = named.user_id AND p.category IN (${OTHERS}, named.category)`
}

/** What hand-off and inboxes ask of preferences. */
export const ofInboxes: OfInboxes = {
  areUsed: ARE_USED,
  read: async (tx, arriving) => {
    const said = new Map<string, Map<string, Pick<CategoryPreference, 'inApp' | 'handOff'>>>()
    await inTurns(arriving, ROWS_PER_STATEMENT, async (some) => {
      const { rows } = await selectNamed(some).execute(tx)
      for (const { user_id, category, in_app, hand_off } of rows) {
        const own = said.get(user_id) ?? new Map()
        said.set(user_id, own.set(category, { inApp: in_app === 1, handOff: hand_off === 1 }))
      }
    })
    return (userId, category) => {
      const own = said.get(userId)
      return own?.get(category) ?? own?.get(OTHERS) ?? UNSAID
    }
  },
}
