import fc, { type IAsyncPropertyWithHooks } from 'fast-check'
import { sql } from 'kysely'
import { inject } from 'vitest'
import type { Storage } from '../../src/storage/storage.ts'

/** Set it to repeat a failure; each run tells its own. */
const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31)

/** How many histories are tried; more by hand. */
export function runsOf(usual: number): number {
  return Number(process.env['TEST_RUNS'] ?? usual)
}

/** Tries random histories, and makes one that fails as short as it can be. It says with which seed to repeat it. */
export async function tryHistories<Values>(property: IAsyncPropertyWithHooks<Values>, usual: number): Promise<void> {
  // None takes a second alone: this is for one that waits in vain.
  await fc.assert(property, { numRuns: runsOf(usual), seed: SEED, timeout: 60_000 })
}

const TABLES = [
  'inbox',
  'group_members',
  'bulk_marks',
  'notifications',
  'messages',
  'participants',
  'ticket_reads',
  'tickets',
  'streams',
  'preferences',
]

/** Takes everything out of a database, so that many histories can use it one after the other. */
export async function emptyDatabase(storage: Storage): Promise<void> {
  const deletes = TABLES.map((table) => sql`DELETE FROM ${sql.table(table)}`)
  await storage.write(async (tx) => {
    if (inject('setup').database === 'postgres') await sql.join(deletes, sql`; `).execute(tx)
    else for (const one of deletes) await one.execute(tx)
  })
}

/** Picks one of some things by a number that is drawn before it is known how many there are. */
export function pick<Item>(items: readonly Item[], number: number): Item | undefined {
  return items.length === 0 ? undefined : items[number % items.length]
}
