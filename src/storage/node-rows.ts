import { type Selectable, sql } from 'kysely'
import { hasEnded, type NodeProcess } from './node-machine.ts'
import type { Storage, Tx } from './storage.ts'
import type { Tables } from './tables.ts'

/** The row of a node, a process that serves from the database. */
export type NodeRow = Selectable<Tables['nodes']>

/** What a node says of itself. When its row expires is added by the database. */
export type NodeSelf = Omit<NodeRow, 'expires_at' | keyof NodeProcess> & NodeProcess

/** A node that has not renewed its row for so long is taken for dead, in milliseconds. */
export const NODE_LEASE_MS = 5_000
/** The lock under which a node reads the rows of the others and adds its own. */
const LOCK = 'nodes'

function expiry({ now }: Storage) {
  return sql<number>`${now} + ${sql.lit(NODE_LEASE_MS)}`
}

/** Whether a node does not receive what this one publishes: one of the two has no bus, or they are on different ones. */
function isStranger(row: NodeRow, self: NodeSelf): boolean {
  return row.id !== self.id && (row.bus_id === null || row.bus_id !== self.bus_id)
}

async function admit(tx: Tx, storage: Storage, self: NodeSelf): Promise<readonly NodeRow[]> {
  const rows = await tx
    .selectFrom('nodes')
    .selectAll()
    .select(sql<number>`CASE WHEN expires_at <= ${storage.now} THEN 1 ELSE 0 END`.as('isOver'))
    .execute()
  const gone = rows.filter((row) => row.isOver === 1 || hasEnded(row, self)).map(({ id }) => id)
  if (gone.length > 0) await tx.deleteFrom('nodes').where('id', 'in', gone).execute()
  const strangers = rows.filter((row) => !gone.includes(row.id) && isStranger(row, self))
  if (strangers.length > 0) return strangers
  await tx
    .insertInto('nodes')
    .values({ ...self, expires_at: expiry(storage) })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ bus_id: self.bus_id, expires_at: expiry(storage) }))
    .execute()
  return []
}

/**
 * Adds the row of a node, unless there are nodes that are not on the same bus. Rows of nodes that have ended are deleted. Resolves to the
 * nodes in the way; none: the row was added. Undefined: another node is doing the same, so try again.
 */
export function takeNode(storage: Storage, self: NodeSelf): Promise<readonly NodeRow[] | undefined> {
  return storage.note(async (tx) => ((await storage.tryLock(tx, LOCK)) ? admit(tx, storage, self) : undefined))
}

/** Says that a node still serves. Resolves to false when its row is gone, because it was taken for dead. */
export function renewNode(storage: Storage, { id, bus_id, state }: NodeSelf): Promise<boolean> {
  return storage.note(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('nodes')
      .set({ bus_id, state, expires_at: expiry(storage) })
      .where('id', '=', id)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  })
}

/** Reads the nodes that serve from the database but are not on the same bus as this one. */
export async function readStrangers(storage: Storage, self: NodeSelf): Promise<readonly NodeRow[]> {
  const rows = await storage.readOne((db) =>
    db.selectFrom('nodes').selectAll().where('expires_at', '>', storage.now).execute(),
  )
  return rows.filter((row) => isStranger(row, self))
}

/** Deletes the row of a node that stops. */
export async function removeNode(storage: Storage, { id }: Pick<NodeSelf, 'id'>): Promise<void> {
  await storage.note((tx) => tx.deleteFrom('nodes').where('id', '=', id).execute())
}
