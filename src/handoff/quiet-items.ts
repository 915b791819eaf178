import { sql } from 'kysely'
import { loadTimeZones, type QuietHours, type Weekday } from '../lib/quiet-hours.ts'
import { isLocking } from '../storage/locked-rows.ts'
import type { Tx } from '../storage/storage.ts'
import { type DueItem, holdItems, letGo } from './due-items.ts'
import type { ItemReaders } from './item-states.ts'

/** Items that are not to be handed off now, with the end of the quiet hours of their users. */
export type QuietItems = ReadonlyMap<DueItem, number>

/** Finds which items are not to be handed off now, because it is quiet for their users. Nothing is read for users without quiet hours. */
export async function findQuiet(
  tx: Tx,
  items: readonly DueItem[],
  now: number,
  readUrgent: ItemReaders['readUrgent'],
): Promise<QuietItems> {
  const withHours = items.filter(({ quietHours }) => quietHours !== undefined)
  if (withHours.length === 0) return new Map()
  const { quietUntil } = await loadTimeZones()
  const ends = new Map<string, number | undefined>()
  for (const { userId, quietHours } of withHours) {
    if (quietHours && !ends.has(userId)) ends.set(userId, quietUntil(quietHours, now))
  }
  const quiet = withHours.filter(({ userId }) => ends.get(userId) !== undefined)
  if (quiet.length === 0) return new Map()
  const urgent = await readUrgent(tx, quiet)
  return new Map(quiet.filter((item) => !urgent.has(item)).map((item) => [item, ends.get(item.userId) ?? now]))
}

function isSame(one: QuietHours, other: QuietHours): boolean {
  return (
    one.from === other.from &&
    one.to === other.to &&
    one.timeZone === other.timeZone &&
    one.days.join() === other.days.join()
  )
}

/** Locks the quiet hours of users, and reads them: whoever changes them waits until the transaction ends. */
async function lockQuietHours(tx: Tx, userIds: readonly string[]): Promise<ReadonlyMap<string, QuietHours>> {
  const rows = await tx
    .selectFrom('quiet_hours')
    .selectAll()
    .where('user_id', 'in', userIds)
    .orderBy('user_id')
    .$if(isLocking(tx), (query) => query.forShare())
    .execute()
  return new Map(
    rows.map(({ user_id, begins: from, ends: to, time_zone: timeZone, days }) => [
      user_id,
      { from, to, timeZone, days: days.split(',') as Weekday[] },
    ]),
  )
}

/**
 * Lets items be due at the end of the quiet hours of their users. Those whose user has just changed the hours, and those that are urgent
 * meanwhile, stay as they are, and the next step looks at them.
 */
export async function holdQuiet(tx: Tx, quiet: QuietItems, readUrgent: ItemReaders['readUrgent']): Promise<void> {
  if (quiet.size === 0) return
  const hours = await lockQuietHours(tx, [...new Set([...quiet.keys()].map(({ userId }) => userId))])
  const held = [...quiet.keys()].filter(({ userId, quietHours }) => {
    const now = hours.get(userId)
    return now && quietHours && isSame(now, quietHours)
  })
  for (const [end, some] of Map.groupBy(held, (item) => quiet.get(item) ?? 0)) await holdItems(tx, some, end)
  // Behind that: whoever makes one urgent writes its row, too, and so waits for it, or has stored it before.
  const urgent = await readUrgent(tx, held)
  if (urgent.size > 0) await letGo(tx, [...urgent])
}

/** Lets everything of a user that waits for the end of quiet hours be looked at now. */
export async function releaseQuiet(tx: Tx, userId: string): Promise<void> {
  await tx
    .updateTable('hand_offs')
    .set({ due_at: sql`held_since`, held_since: null })
    .where('user_id', '=', userId)
    .where('held_since', 'is not', null)
    .execute()
}
