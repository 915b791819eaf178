import { type Kysely, sql } from 'kysely'
import { newEpoch } from '../lib/ids.ts'
import { ensureIncarnation } from './incarnation.ts'
import { init } from './migrations/0001-init.ts'
import { positions } from './migrations/0002-positions.ts'
import { expiry } from './migrations/0003-expiry.ts'
import { retention } from './migrations/0004-retention.ts'
import { histories } from './migrations/0005-histories.ts'
import { nodes } from './migrations/0006-nodes.ts'
import { changes } from './migrations/0007-changes.ts'
import { departures } from './migrations/0008-departures.ts'
import { echoes } from './migrations/0009-echoes.ts'
import { newUsers } from './migrations/0011-new-users.ts'
import { clients } from './migrations/0012-clients.ts'
import { revocations } from './migrations/0013-revocations.ts'
import { tasks } from './migrations/0014-tasks.ts'
import { ticketLists } from './migrations/0015-ticket-lists.ts'
import { checkpoints } from './migrations/0016-checkpoints.ts'
import { words } from './migrations/0017-words.ts'
import { ticketReaders } from './migrations/0018-ticket-readers.ts'
import { bulkMarks } from './migrations/0019-bulk-marks.ts'
import { chat } from './migrations/0020-chat.ts'
import { deliveredMarks } from './migrations/0021-delivered-marks.ts'
import { edits } from './migrations/0022-edits.ts'
import { reactions } from './migrations/0023-reactions.ts'
import { desk } from './migrations/0024-desk.ts'
import { handoff } from './migrations/0025-handoff.ts'
import { unseen } from './migrations/0026-unseen.ts'
import { removals } from './migrations/0027-removals.ts'
import { search } from './migrations/0028-search.ts'
import { snoozes } from './migrations/0029-snoozes.ts'
import { groups } from './migrations/0030-groups.ts'
import { deliveredTimes } from './migrations/0031-delivered-times.ts'
import { preferences } from './migrations/0032-preferences.ts'
import { mutes } from './migrations/0033-mutes.ts'
import { muted } from './migrations/0034-muted.ts'
import { quietHours } from './migrations/0035-quiet-hours.ts'
import { handedOff } from './migrations/0036-handed-off.ts'
import { mutedMembers } from './migrations/0037-muted-members.ts'
import type { Tx } from './storage.ts'
import type { Tables, TextType } from './tables.ts'

/** A step of the schema. `text` is the type of text columns in this database. Released steps are never changed; new ones are added. */
export type Migration = (db: Kysely<Tables>, text: TextType) => Promise<void>

const MIGRATIONS: readonly (readonly [name: string, run: Migration])[] = [
  ['0001-init', init],
  ['0002-positions', positions],
  ['0003-expiry', expiry],
  ['0004-retention', retention],
  ['0005-histories', histories],
  ['0006-nodes', nodes],
  ['0007-changes', changes],
  ['0008-departures', departures],
  ['0009-echoes', echoes],
  ['0011-new-users', newUsers],
  ['0012-clients', clients],
  ['0013-revocations', revocations],
  ['0014-tasks', tasks],
  ['0015-ticket-lists', ticketLists],
  ['0016-checkpoints', checkpoints],
  ['0017-words', words],
  ['0018-ticket-readers', ticketReaders],
  ['0019-bulk-marks', bulkMarks],
  ['0020-chat', chat],
  ['0021-delivered-marks', deliveredMarks],
  ['0022-edits', edits],
  ['0023-reactions', reactions],
  ['0024-desk', desk],
  ['0025-handoff', handoff],
  ['0026-unseen', unseen],
  ['0027-removals', removals],
  ['0028-search', search],
  ['0029-snoozes', snoozes],
  ['0030-groups', groups],
  ['0031-delivered-times', deliveredTimes],
  ['0032-preferences', preferences],
  ['0033-mutes', mutes],
  ['0034-muted', muted],
  ['0035-quiet-hours', quietHours],
  ['0036-handed-off', handedOff],
  ['0037-muted-members', mutedMembers],
]

/**
 * Finds the name of a migration that this version does not know, which means that the database is of a newer one. Undefined when it knows
 * all of them.
 */
export function findNewerMigration(names: Iterable<string>): string | undefined {
  for (const name of names) if (!MIGRATIONS.some(([known]) => known === name)) return name
  return undefined
}

/** The tables are not those that this version knows. `what` follows the name of the database in a sentence for an operator. */
export class ForeignSchema extends Error {
  readonly what: string

  constructor(migration: string, isOurs: boolean) {
    const what = isOurs
      ? `was migrated by a newer Herald (it has ${migration}). Start that version, or restore a backup from before.`
      : 'belongs to another program: its table migrations is not that of Herald. Set another one.'
    super(`The database ${what}`)
    this.what = what
  }
}

/**
 * Brings the schema up to date. Returns the epoch of the database, which was made with it. Must run in a transaction that keeps every other
 * process out: of several that start at once, the first one migrates, and the others find it done. `text` is the type of text columns,
 * which must compare bytewise. `prepare` makes the view `incarnation_now`, once its table is there.
 */
export async function migrate(
  db: Tx,
  text: TextType,
  prepare: (tx: Tx) => Promise<void> = async () => {},
): Promise<string> {
  await sql`CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)`.execute(db)
  const { rows } = await sql<{ name: string }>`SELECT name FROM migrations`.execute(db)
  const done = new Set(rows.map(({ name }) => name))
  const newer = findNewerMigration(done)
  if (newer !== undefined) throw new ForeignSchema(newer, done.has('0001-init'))
  for (const [name, run] of MIGRATIONS) {
    if (done.has(name)) continue
    await run(db, text)
    await sql`INSERT INTO migrations (name) VALUES (${name})`.execute(db)
  }
  await prepare(db)
  await ensureIncarnation(db)
  await db
    .insertInto('meta')
    .values({ key: 'epoch', value: newEpoch() })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute()
  const { value } = await db.selectFrom('meta').select('value').where('key', '=', 'epoch').executeTakeFirstOrThrow()
  return value
}
