import { sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import type { Tx } from '../storage/storage.ts'
import { type CategoryPreference, OTHERS, UNSAID } from './category-rows.ts'

/** What arrives in an inbox: something of a category. */
interface Arriving {
  readonly userId: string
  readonly category: string
}

type Said = Pick<CategoryPreference, 'inApp' | 'handOff'>

/** How users want to be told of what arrives in their inboxes. */
export interface OfInboxes {
  /** SQL for whether any user has said anything: 1 or 0. */
  readonly areUsed: typeof ARE_USED
  /** Reads how users want to be told of what arrives, with one statement for each thousand. */
  read(tx: Tx, arriving: readonly Arriving[]): Promise<(userId: string, category: string) => Said>
}

const ARE_USED = sql<number>`CASE WHEN EXISTS (SELECT 1 FROM preferences) THEN 1 ELSE 0 END`
/** Rows of one statement: so few that it never holds up the process. */
const ROWS_PER_STATEMENT = 1_000
/** The parts of a preference in one number. */
const [IN_APP, HAND_OFF] = [1, 2]

/**
 * SQL for what was said of what arrives: of its category, else of all others. Each is looked up by itself: of many thousand rows, Postgres
 * would read all for a join.
 */
function selectSaid(arriving: readonly Arriving[]) {
  const named = arriving.map(({ userId, category }) => sql`(${userId}, ${category})`)
  const saidOf = (category: unknown) => sql`
    (SELECT ${IN_APP} * p.in_app + ${HAND_OFF} * p.hand_off FROM preferences p
      WHERE p.user_id = named.user_id AND p.category = ${category})`
  return sql<{ readonly user_id: string; readonly category: string; readonly said: number }>`
    WITH named (user_id, category) AS (VALUES ${sql.join(named)}),
    told AS MATERIALIZED (
      SELECT named.user_id, named.category, COALESCE(${saidOf(sql.ref('named.category'))}, ${saidOf(OTHERS)}) AS said
      FROM named
    )
    SELECT user_id, category, said FROM told WHERE said IS NOT NULL`
}

function nameOf(userId: string, category: string): string {
  return JSON.stringify([userId, category])
}

/** What hand-off and inboxes ask of preferences. */
export const ofInboxes: OfInboxes = {
  areUsed: ARE_USED,
  read: async (tx, arriving) => {
    const told = new Map<string, Said>()
    await inTurns(arriving, ROWS_PER_STATEMENT, async (some) => {
      const { rows } = await selectSaid(some).execute(tx)
      for (const { user_id, category, said } of rows) {
        told.set(nameOf(user_id, category), { inApp: (said & IN_APP) !== 0, handOff: (said & HAND_OFF) !== 0 })
      }
    })
    return (userId, category) => (told.size === 0 ? UNSAID : (told.get(nameOf(userId, category)) ?? UNSAID))
  },
}
