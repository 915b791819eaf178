import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { advanceEach, advanceStreams, type StreamState } from '../storage/streams.ts'
import { namedActors, readActors } from './group-actors.ts'
import { MAX_ACTORS } from './group-arrivals.ts'
import { type InboxWrite, inboxStream } from './inbox-events.ts'
import {
  type EntryKey,
  INBOX_COLUMNS,
  isHad,
  isOneOf,
  LAST_ANNOUNCEMENT,
  NO_FACTS,
  toNotification,
} from './inbox-rows.ts'
import { type Removal, removeEntries } from './removal.ts'
import type { HeldEntry } from './walk.ts'

/** Notifications of a group that are looked at for its latest actors. */
const LOOKED_AT = 100

/**
 * Reads entries whose content changed, each at its `content_revision`, and makes the writes to their inboxes. `streams` has where these stand
 * now.
 */
export async function toUpdatedWrites(
  tx: Tx,
  entries: readonly EntryKey[],
  streams: ReadonlyMap<string, StreamState>,
): Promise<readonly InboxWrite[]> {
  const rows = await tx
    .selectFrom('inbox')
    .select(['user_id', 'content_id', 'content_revision', ...INBOX_COLUMNS])
    .where(isOneOf(entries))
    .orderBy('content_revision')
    .execute()
  const shown = new Set(rows.map(({ content_id, notification_id }) => content_id ?? notification_id))
  const contents = await tx
    .selectFrom('notifications')
    .selectAll()
    .where('id', 'in', [...shown])
    .execute()
  const byId = new Map(contents.map((content) => [content.id, content]))
  const actors = await readActors(tx, namedActors(rows))
  const byUser = Map.groupBy(rows, ({ user_id }) => user_id)
  return [...byUser].flatMap(([userId, own]): InboxWrite[] => {
    const stream = streams.get(inboxStream(userId))
    const facts = own.flatMap((row) => {
      const content = byId.get(row.content_id ?? row.notification_id)
      const revision = row.content_revision ?? 0
      return content
        ? [{ kind: 'updated', revision, notification: toNotification({ ...content, ...row }, actors) } as const]
        : []
    })
    return stream ? [{ userId, stream, previous: stream.revision - own.length, facts }] : []
  })
}

/** Takes notifications out of the groups in which they are. Resolves to those that were still there. */
async function takeMembers(tx: Tx, found: readonly HeldEntry[], now: number) {
  const names = found.map(({ user_id, member_id }) => sql`(${user_id}, ${member_id})`)
  return tx
    .updateTable('group_members')
    .set({ removed_at: now })
    .where(sql<boolean>`(user_id, notification_id) IN (VALUES ${sql.join(names)})`)
    .where('removed_at', 'is', null)
    .returning(['user_id', 'entry_id', 'notification_id'])
    .execute()
}

/** Reads the entries from which notifications were taken, with the latest notification that is left; null: none is left. */
function readShrunken(tx: Tx, entries: readonly EntryKey[]) {
  return tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id', 'group_count', 'group_actors', 'snoozed_until'])
    .select(({ selectFrom }) =>
      selectFrom('group_members as m')
        .select('m.notification_id')
        .whereRef('m.user_id', '=', 'inbox.user_id')
        .whereRef('m.entry_id', '=', 'inbox.notification_id')
        .where('m.removed_at', 'is', null)
        .orderBy('m.revision', 'desc')
        .limit(1)
        .as('latest'),
    )
    .where(isOneOf(entries))
    .where(isHad('held'))
    .orderBy('arrived_revision')
    .execute()
}

type Shrunken = Awaited<ReturnType<typeof readShrunken>>[number]

/** Finds the notifications whose actors a group names: of its latest ones, those with the latest different actors. */
async function findActors(tx: Tx, { user_id, notification_id }: EntryKey): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('group_members as m')
    .innerJoin('notifications as n', 'n.id', 'm.notification_id')
    .select(['n.id', 'n.actor_id'])
    .where('m.user_id', '=', user_id)
    .where('m.entry_id', '=', notification_id)
    .where('m.removed_at', 'is', null)
    .orderBy('m.revision', 'desc')
    .limit(LOOKED_AT)
    .execute()
  const latest = new Map<string, string>()
  for (const { id, actor_id: actor } of rows) if (actor !== null && !latest.has(actor)) latest.set(actor, id)
  return [...latest.values()].slice(0, MAX_ACTORS)
}

/** Lets entries show what is left of their groups, each at a revision of its own. The streams have advanced by as many. */
async function showRest(
  tx: Tx,
  entries: readonly Shrunken[],
  {
    taken,
    streams,
  }: { readonly taken: Awaited<ReturnType<typeof takeMembers>>; readonly streams: ReadonlyMap<string, StreamState> },
): Promise<void> {
  const gone = Map.groupBy(taken, ({ user_id, entry_id }) => JSON.stringify([user_id, entry_id]))
  const left = new Map([...streams].map(([stream, { revision }]) => [stream, revision]))
  const values = []
  for (const entry of entries.toReversed()) {
    const { user_id, notification_id, latest, group_count, group_actors } = entry
    const stream = inboxStream(user_id)
    const revision = left.get(stream) ?? 0
    if (entry.snoozed_until === null) left.set(stream, revision - 1)
    const lost = gone.get(JSON.stringify([user_id, notification_id])) ?? []
    const named = group_actors ?? '[]'
    const isNamed = lost.some((one) => named.includes(JSON.stringify(one.notification_id)))
    const actors = isNamed ? JSON.stringify(await findActors(tx, entry)) : named
    values.push(
      sql`(${user_id}, ${notification_id}, ${latest}, ${revision}, ${(group_count ?? 0) - lost.length}, ${actors})`,
    )
  }
  await sql`
    WITH rest (user_id, entry_id, latest, revision, number, actors) AS (VALUES ${sql.join(values)})
    UPDATE inbox SET
      content_id = rest.latest,
      revision = CASE WHEN inbox.removed_at IS NULL THEN CAST(rest.revision AS bigint) ELSE inbox.revision END,
      content_revision = CASE WHEN inbox.removed_at IS NULL THEN CAST(rest.revision AS bigint) END,
      group_count = CAST(rest.number AS bigint),
      group_actors = rest.actors,
      category = n.category,
      muted = m.muted,
      expires_at = n.expires_at
    FROM rest
      JOIN notifications n ON n.id = rest.latest
      JOIN group_members m ON m.user_id = rest.user_id AND m.notification_id = rest.latest
    WHERE inbox.user_id = rest.user_id AND inbox.notification_id = rest.entry_id
  `.execute(tx)
}

/** Takes notifications out of groups. Entries of which nothing is left are removed, the others show what is left. */
async function leaveGroups(tx: Tx, found: readonly HeldEntry[], now: number): Promise<Removal> {
  const taken = await takeMembers(tx, found, now)
  if (taken.length === 0) return { count: 0, writes: [] }
  const keys = new Map(
    taken.map(({ user_id, entry_id }) => [JSON.stringify([user_id, entry_id]), { user_id, notification_id: entry_id }]),
  )
  const entries = await readShrunken(tx, [...keys.values()])
  const rest = entries.filter(({ latest }) => latest !== null)
  const empty = entries.filter(({ latest }) => latest === null)
  // Nobody is told of what is snoozed: it arrives again with what is left.
  const listed = rest.filter(({ snoozed_until }) => snoozed_until === null)
  const byUser = Map.groupBy(listed, ({ user_id }) => inboxStream(user_id))
  const advances = [...byUser].map(([stream, { length }]) => [stream, { facts: length, entries: 0 }] as const)
  const streams = await advanceEach(tx, new Map(advances))
  if (rest.length > 0) await showRest(tx, rest, { taken, streams })
  const updates = listed.length > 0 ? await toUpdatedWrites(tx, listed, streams) : []
  const removals = empty.length > 0 ? (await removeEntries(tx, empty, { now, reason: 'RETRACTED' })).writes : []
  return { count: taken.length, writes: mergeWrites(updates, removals) }
}

/** Makes one write of two that follow each other in the same inbox. */
function mergeWrites(earlier: readonly InboxWrite[], later: readonly InboxWrite[]): readonly InboxWrite[] {
  const merged = new Map(earlier.map((write) => [write.userId, write]))
  for (const write of later) {
    const before = merged.get(write.userId)
    const both = before && { ...write, previous: before.previous, facts: [...before.facts, ...write.facts] }
    merged.set(write.userId, both ?? write)
  }
  return [...merged.values()]
}

/**
 * Takes retracted notifications out of inboxes. One that is an entry of its own is removed. One of a group is taken out of it. Runs as part of a
 * transaction.
 */
export async function takeOut(tx: Tx, found: readonly HeldEntry[], now: number): Promise<Removal> {
  const members = found.filter(({ member_id }) => member_id !== null)
  if (members.length === 0) return removeEntries(tx, found, { now, reason: 'RETRACTED' })
  // All at once, in sorted order, before any of them is written to.
  const streams = found.map(({ user_id }) => inboxStream(user_id))
  await advanceStreams(tx, streams, NO_FACTS, LAST_ANNOUNCEMENT)
  const left = await leaveGroups(tx, members, now)
  const alone = found.filter(({ member_id }) => member_id === null)
  if (alone.length === 0) return left
  const removed = await removeEntries(tx, alone, { now, reason: 'RETRACTED' })
  return { count: left.count + removed.count, writes: mergeWrites(left.writes, removed.writes) }
}
