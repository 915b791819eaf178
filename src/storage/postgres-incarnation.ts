import { type RawBuilder, sql } from 'kysely'
import type { Tx } from './storage.ts'

/**
 * The signs that change when a database is restarted, restored or replaced, each with a name. `table` is another one after `pg_restore
 * --clean`, and in another database. `timeline` is another one after a promotion or a recovery to a point in time. `start` is when the
 * server started. Together they cost a write less than a microsecond.
 */
const SIGNS: readonly (readonly [name: string, expression: string])[] = [
  ['table', `pg_relation_filepath('incarnation')`],
  ['timeline', 'left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)'],
  ['start', 'extract(epoch from pg_postmaster_start_time())'],
]

/** SQL for the system identifier of the server. It takes as long as a write, so no write asks for it. */
const CLUSTER = '(SELECT system_identifier FROM pg_control_system())::text'

/** The key in `meta` under which the definition of the view `incarnation_now` is kept. */
const MADE_OF = 'incarnation_now'

/** Whether this user may evaluate an expression. Some providers forbid a few of the functions that Herald would ask. */
async function canAsk(tx: Tx, expression: RawBuilder<unknown>): Promise<boolean> {
  await sql`SAVEPOINT asking`.execute(tx)
  const isAnswered = await sql`SELECT ${expression}`.execute(tx).then(
    () => true,
    () => false,
  )
  await sql`ROLLBACK TO SAVEPOINT asking`.execute(tx)
  return isAnswered
}

/** Makes the view `incarnation_now` of all signs that this user may read. Makes it anew when these have changed. */
export async function prepareIncarnation(tx: Tx): Promise<void> {
  const asked: string[] = []
  for (const [name, expression] of SIGNS) {
    if (await canAsk(tx, sql.raw(expression))) asked.push(`'${name} ' || ${expression}`)
  }
  const cluster = (await canAsk(tx, sql.raw(CLUSTER))) ? CLUSTER : `''`
  const said = `concat_ws(', ', ${asked.join(', ')}) AS found, ${cluster} AS cluster_found`
  const made = await tx.selectFrom('meta').select('value').where('key', '=', MADE_OF).executeTakeFirst()
  const { rows } = await sql<{ view: string | null }>`SELECT to_regclass('incarnation_now') AS view`.execute(tx)
  if (made?.value === said && rows[0]?.view) return
  await sql`DROP VIEW IF EXISTS incarnation_now`.execute(tx)
  await sql`CREATE VIEW incarnation_now AS SELECT *, ${sql.raw(said)} FROM incarnation`.execute(tx)
  await tx
    .insertInto('meta')
    .values({ key: MADE_OF, value: said })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: said }))
    .execute()
}
