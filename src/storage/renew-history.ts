import { newEpoch } from '../lib/ids.ts'
import type { Tx } from './storage.ts'

/**
 * Begins a new history, when the database is known to have gone back in time, such as after a backup was restored: every cursor
 * and every remembered position that was given out before expires.
 */
export async function renewHistory(tx: Tx): Promise<void> {
  await tx.updateTable('lanes').set({ epoch: newEpoch() }).execute()
}
