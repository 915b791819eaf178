import { type RawBuilder, type Selectable, sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import type { Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import type { Content } from './content.ts'
import { readActors } from './group-actors.ts'
import { toNotification, UNMARKED } from './inbox-rows.ts'
import type { Actors, Notification } from './notification.ts'

/** The most actors that a group names. */
export const MAX_ACTORS = 3
/** Entries and members of one statement: so few that it never holds up the process. */
const ROWS_PER_STATEMENT = 1_000

/** A notification that a user gets, as part of a group if it has a key. */
interface Arrival {
  readonly userId: string
  readonly content: Content
  /** It does not count. Of its entry it says the same, whatever was said before. */
  readonly isMuted?: boolean
}

/** An entry of an inbox that stands for notifications with one key. */
interface Entry {
  readonly id: string
  readonly key: string
  readonly count: number
  /** The notifications whose actors the group names, the latest first. */
  readonly actors: readonly string[]
  /** When the first one was sent. */
  readonly firstAt: number
}

/** The groups of some inboxes while notifications arrive in them. The streams of the inboxes are locked. */
export interface GroupArrivals {
  /**
   * Adds a notification to a group of the user: to the entry that is unread, or to a new one. Returns the entry as it is then. Undefined: the
   * notification has no key.
   */
  add(arrival: Arrival, revision: number): Notification | undefined
  /** The id of the entry to which a notification was added. Undefined: it has no key. */
  entryOf(arrival: Arrival): string | undefined
  /** Stores what was added, with one statement per table. */
  store(tx: Tx): Promise<void>
}

/** An open entry, as it is found in the database. */
type OpenRow = Pick<
  Selectable<Tables['inbox']>,
  'user_id' | 'notification_id' | 'group_key' | 'group_count' | 'group_actors' | 'first_at'
>

function nameOf(userId: string, part: string): string {
  return JSON.stringify([userId, part])
}

/** SQL for entries that further notifications join. Written as in the index `inbox_groups`, so that both databases use it. */
const OPEN = sql`i.group_key IS NOT NULL AND i.read_at IS NULL AND i.archived_at IS NULL AND i.removed_at IS NULL`

/**
 * SQL for the open entry of each of these users and keys that arrived last. There can be many: those that were marked as unread again are
 * beside it.
 */
function selectOpen(names: readonly RawBuilder<unknown>[], now: number) {
  return sql<OpenRow>`
    WITH named (user_id, group_key) AS (VALUES ${sql.join(names)}),
    latest AS MATERIALIZED (
      SELECT named.user_id, (
        SELECT i.notification_id FROM inbox i
        WHERE i.user_id = named.user_id AND i.group_key = named.group_key AND ${OPEN}
          AND (i.expires_at IS NULL OR i.expires_at > ${now})
        ORDER BY i.arrived_revision DESC
        LIMIT 1
      ) AS notification_id
      FROM named
    )
    SELECT e.user_id, e.notification_id, e.group_key, e.group_count, e.group_actors, e.first_at
    FROM latest JOIN inbox e ON e.user_id = latest.user_id AND e.notification_id = latest.notification_id`
}

async function findOpen(tx: Tx, arrivals: readonly Arrival[], now: number): Promise<Map<string, Entry>> {
  const wanted = new Map(
    arrivals.flatMap(({ userId, content: { group_key: key } }) =>
      key === null ? [] : [[nameOf(userId, key), sql`(${userId}, ${key})`] as const],
    ),
  )
  const open = new Map<string, Entry>()
  await inTurns([...wanted.values()], ROWS_PER_STATEMENT, async (some) => {
    const { rows } = await selectOpen(some, now).execute(tx)
    for (const { user_id: userId, notification_id: id, group_key: key, ...row } of rows) {
      if (key === null) continue
      const actors = row.group_actors === null ? [] : (JSON.parse(row.group_actors) as string[])
      open.set(nameOf(userId, key), { id, key, count: row.group_count ?? 1, actors, firstAt: row.first_at ?? 0 })
    }
  })
  return open
}

/** The notifications whose actors a group names after one more has joined. */
function withActor(actors: readonly string[], { id, actor_id: actor }: Content, known: Actors): readonly string[] {
  if (actor === null) return actors
  return [id, ...actors.filter((one) => known.has(one) && known.get(one)?.id !== actor)].slice(0, MAX_ACTORS)
}

function joined(entry: Entry | undefined, key: string, content: Content, known: Actors): Entry {
  if (!entry)
    return { id: content.id, key, count: 1, actors: withActor([], content, known), firstAt: content.created_at }
  return { ...entry, count: entry.count + 1, actors: withActor(entry.actors, content, known) }
}

function toRow(
  { userId, content, isMuted = false }: Arrival,
  { id, key, count, actors, firstAt }: Entry,
  revision: number,
) {
  return {
    user_id: userId,
    notification_id: id,
    content_id: content.id,
    arrived_revision: revision,
    revision,
    category: content.category,
    muted: isMuted ? 1 : null,
    expires_at: content.expires_at,
    group_key: key,
    group_count: count,
    group_actors: JSON.stringify(actors),
    first_at: firstAt,
  }
}

type EntryRow = ReturnType<typeof toRow>
interface MemberRow {
  readonly user_id: string
  readonly notification_id: string
  readonly entry_id: string
  readonly revision: number
  readonly muted: number | null
}

/** Inserts entries. One that is there arrives again: with its new content, unseen, and as if nothing of it had been marked before. */
function putEntries(tx: Tx, rows: readonly EntryRow[]) {
  return tx
    .insertInto('inbox')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'notification_id']).doUpdateSet(({ ref }) => ({
        content_id: ref('excluded.content_id'),
        arrived_revision: ref('excluded.arrived_revision'),
        revision: ref('excluded.revision'),
        category: ref('excluded.category'),
        muted: ref('excluded.muted'),
        expires_at: ref('excluded.expires_at'),
        group_count: ref('excluded.group_count'),
        group_actors: ref('excluded.group_actors'),
        delivered_at: null,
        seen_at: null,
        seen_revision: null,
        read_revision: null,
        archived_revision: null,
        content_revision: null,
      })),
    )
    .execute()
}

/**
 * Begins to add notifications to the groups of inboxes whose streams are locked. Reads which entries are open, and the actors that they
 * name.
 */
export async function openGroupArrivals(tx: Tx, arrivals: readonly Arrival[], now: number): Promise<GroupArrivals> {
  const open = await findOpen(tx, arrivals, now)
  const named = new Set([...open.values()].flatMap(({ actors }) => actors))
  const actors = new Map(await readActors(tx, [...named]))
  for (const { content } of arrivals) if (content.actor !== null) actors.set(content.id, JSON.parse(content.actor))
  const rows = new Map<string, EntryRow>()
  const members = new Map<string, MemberRow>()

  return {
    add: (arrival, revision) => {
      const { userId, content } = arrival
      const { group_key: key } = content
      if (key === null) return undefined
      const entry = joined(open.get(nameOf(userId, key)), key, content, actors)
      open.set(nameOf(userId, key), entry)
      const row = toRow(arrival, entry, revision)
      rows.set(nameOf(userId, entry.id), row)
      const { muted } = row
      const member = { user_id: userId, notification_id: content.id, entry_id: entry.id, revision, muted }
      members.set(nameOf(userId, content.id), member)
      return toNotification({ ...content, ...UNMARKED, ...row }, actors)
    },
    entryOf: ({ userId, content }) => members.get(nameOf(userId, content.id))?.entry_id,
    store: async (tx) => {
      await inTurns([...rows.values()], ROWS_PER_STATEMENT, (some) => putEntries(tx, some))
      await inTurns([...members.values()], ROWS_PER_STATEMENT, (some) =>
        tx.insertInto('group_members').values(some).execute(),
      )
    },
  }
}

/** Finds which of these ids are of notifications in groups of the user, and the ids of the entries that stand for them. */
export async function findEntries(
  tx: Tx,
  userId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx
    .selectFrom('group_members')
    .select(['notification_id', 'entry_id'])
    .where('user_id', '=', userId)
    .where('notification_id', 'in', ids)
    .execute()
  return new Map(rows.map(({ notification_id, entry_id }) => [notification_id, entry_id]))
}
