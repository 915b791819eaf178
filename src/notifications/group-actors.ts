import type { Actor } from '../auth/viewer.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Tx } from '../storage/storage.ts'
import type { Actors, NotificationGroup } from './notification.ts'

/** Rows of one statement: so few that it never holds up the process. */
const ROWS_PER_STATEMENT = 1_000

/** No actors. */
export const NO_ACTORS: Actors = new Map()

function idsIn(json: string | null | undefined): readonly string[] {
  return json ? JSON.parse(json) : []
}

/** The notifications whose actors the groups of these rows name. */
export function namedActors(rows: readonly { readonly group_actors: string | null }[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => idsIn(row.group_actors)))]
}

/** Reads the actors of notifications. Those that were erased, or have none, are left out. */
export async function readActors(tx: Tx, ids: readonly string[]): Promise<Actors> {
  const actors = new Map<string, Actor>()
  await inTurns(ids, ROWS_PER_STATEMENT, async (some) => {
    const rows = await tx.selectFrom('notifications').select(['id', 'actor']).where('id', 'in', some).execute()
    for (const { id, actor } of rows) if (actor !== null) actors.set(id, JSON.parse(actor))
  })
  return actors
}

/** The columns of which a group is made. Undefined ones were not read. */
interface GroupRow {
  readonly group_key: string | null
  readonly group_count: number | null
  readonly group_actors: string | null
  readonly created_at: number
}

/** Makes the group of a row. Null: the row stands for itself alone. */
export function toGroup(row: GroupRow, actors: Actors): NotificationGroup | null {
  const { group_key: key } = row
  // Undefined, when it was not read.
  if (key == null) return key
  const latest = idsIn(row.group_actors).flatMap((id) => actors.get(id) ?? [])
  const different = [...new Map(latest.map((actor) => [actor.id, actor])).values()]
  return { key, count: row.group_count ?? 1, actors: different, latestAt: row.created_at }
}
