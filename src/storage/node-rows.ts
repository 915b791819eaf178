import { type Selectable, sql } from 'kysely'
import { hasEnded, type NodeProcess } from './node-machine.ts'
import type { Storage, Tx } from './storage.ts'
import type { Tables } from './tables.ts'

/** A process that serves from the database, as that knows it. */
export type NodeRow = Selectable<Tables['nodes']>

/** What a node says of itself. */
export type NodeSelf = Omit<NodeRow, 'expires_at' | keyof NodeProcess> & NodeProcess

/** A node that has said nothing for so long is taken for dead, in milliseconds. */
export const NODE_LEASE_MS = 5_000
/** Who has it looks at the nodes and puts itself among them. */
const LOCK = 'nodes'

function expiry({ now }: Storage) {
  return sql<number>`${now} + ${sql.lit(NODE_LEASE_MS)}`
}

/** Nodes that do not receive what this one publishes: one of the two is alone, or they share different parts of Redis. */
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
 * Puts a node among those that serve, unless there are some whose events it would not receive; returns those. Undefined: another
 * node is about to do the same, so try again.
 */
export function takeNode(storage: Storage, self: NodeSelf): Promise<readonly NodeRow[] | undefined> {
  return storage.note(async (tx) => ((await storage.tryLock(tx, LOCK)) ? admit(tx, storage, self) : undefined))
}

/** Says that a node still serves; false when it was taken for dead meanwhile. */
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

/** The nodes that serve and from which this one receives nothing. */
export async function readStrangers(storage: Storage, self: NodeSelf): Promise<readonly NodeRow[]> {
  const rows = await storage.readOne((db) =>
    db.selectFrom('nodes').selectAll().where('expires_at', '>', storage.now).execute(),
  )
  return rows.filter((row) => isStranger(row, self))
}

/** Takes a node out. */
export async function removeNode(storage: Storage, { id }: Pick<NodeSelf, 'id'>): Promise<void> {
  await storage.note((tx) => tx.deleteFrom('nodes').where('id', '=', id).execute())
}
