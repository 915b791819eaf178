import { type Selectable, sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import type { Tx } from '../storage/storage.ts'
import { advanceEach, advanceStreams, newEntries, type StreamState } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import { type InboxWrite, inboxStream } from './inbox-events.ts'
import { ANNOUNCEMENTS, insertAdded, isUnexpiredContent, NO_FACTS, toUnmarked } from './inbox-rows.ts'
import type { Notification } from './notification.ts'
import { areUsed, type InboxPreferences, isMutedBy, type PreferredBy } from './preferred.ts'

type AnnouncementRow = Selectable<Tables['notifications']>

/** Rows that one transaction inserts into inboxes, so that none lasts long. */
const ENTRIES_PER_TRANSACTION = 1_000
/** Announcements of one transaction. An inbox that missed more gets them in several. */
const ANNOUNCEMENTS_PER_TRANSACTION = 100
const STREAMS_PER_STATEMENT = 5_000

/** The users whose inboxes lack announcements. */
export interface Behind {
  /** The number of the last announcement. */
  readonly upTo: number
  /** The users whose inboxes lack at least one announcement. */
  readonly userIds: readonly string[]
}

/** Finds which of these users have inboxes that lack announcements. */
export async function findBehind(tx: Tx, userIds: readonly string[]): Promise<Behind> {
  const everyone = await tx
    .selectFrom('streams')
    .select('revision')
    .where('stream', '=', ANNOUNCEMENTS)
    .executeTakeFirst()
  const upTo = everyone?.revision ?? 0
  if (upTo === 0) return { upTo, userIds: [] }
  const current = new Set<string>()
  await inTurns(userIds, STREAMS_PER_STATEMENT, async (some) => {
    const rows = await tx
      .selectFrom('streams')
      .select('stream')
      .where('stream', 'in', some.map(inboxStream))
      .where('announced', '>=', upTo)
      .execute()
    for (const { stream } of rows) current.add(stream)
  })
  return { upTo, userIds: userIds.filter((userId) => !current.has(inboxStream(userId))) }
}

/** Which announcements are materialised in an inbox, and which can reach it. */
interface Reached {
  /** Announcements up to this number are materialised. */
  readonly announced: number
  /** Of announcements up to this number, only those for new users reach the inbox. */
  readonly began: number
}

/** Inboxes that lack announcements, by user. `upTo` is the number of the last announcement. */
interface Lacking {
  readonly upTo: number
  readonly inboxes: ReadonlyMap<string, Reached>
  /** The preferences of users, if any user has some. */
  readonly preferences: InboxPreferences | undefined
}

/**
 * Locks the streams of the users, and that of the announcements, so that none is retracted meanwhile. Resolves to the inboxes that lack
 * some.
 */
async function lock(
  tx: Tx,
  { userIds, upTo: began }: Behind,
  preferences: InboxPreferences | undefined,
): Promise<Lacking> {
  const streams = await advanceStreams(tx, [ANNOUNCEMENTS, ...userIds.map(inboxStream)], NO_FACTS, began)
  const upTo = streams.get(ANNOUNCEMENTS)?.revision ?? 0
  const rows = await tx
    .selectFrom('streams')
    .select(['stream', 'announced', 'began'])
    .select(areUsed(preferences).as('used'))
    .where('stream', 'in', userIds.map(inboxStream))
    .where('announced', '<', upTo)
    .execute()
  const byStream = new Map(rows.map(({ stream, announced, began }) => [stream, { announced, began }]))
  const inboxes = userIds.flatMap((userId) => {
    const mark = byStream.get(inboxStream(userId))
    return mark ? [[userId, mark] as const] : []
  })
  return { upTo, inboxes: new Map(inboxes), preferences: rows[0]?.used === 1 ? preferences : undefined }
}

/** Selects announcements behind `after` and up to `upTo` that have not expired, in order. */
function selectAnnouncements(tx: Tx, { after, upTo, now }: { after: number; upTo: number; now: number }) {
  return tx
    .selectFrom('notifications')
    .selectAll()
    .where('announcement', '>', after)
    .where('announcement', '<=', upTo)
    .where(isUnexpiredContent(now))
    .orderBy('announcement')
}

type Announcements = { readonly content: AnnouncementRow; readonly arrived: Notification }[]

function numberOf(content: AnnouncementRow | undefined): number {
  return content?.announcement ?? 0
}

/** Announcements in order. They are complete up to the number `upTo`. */
interface Page {
  readonly announcements: Readonly<Announcements>
  readonly upTo: number
}

/** Reads the next announcements that some of the inboxes lack. */
async function readPage(tx: Tx, { upTo, inboxes }: Lacking, now: number): Promise<Page> {
  const all = [...inboxes.values()]
  const after = all.reduce((least, { announced }) => Math.min(least, announced), upTo)
  const since = all.reduce((least, { announced, began }) => Math.min(least, Math.max(announced, began)), upTo)
  // Written as in the index `notifications_for_new_users`, so that it is used.
  const earlier = selectAnnouncements(tx, { after, upTo: since, now }).where(sql<boolean>`for_new_users = 1`)
  const rows = [
    ...(after < since ? await earlier.limit(ANNOUNCEMENTS_PER_TRANSACTION + 1).execute() : []),
    ...(await selectAnnouncements(tx, { after: since, upTo, now })
      .limit(ANNOUNCEMENTS_PER_TRANSACTION + 1)
      .execute()),
  ]
  const some = rows.slice(0, ANNOUNCEMENTS_PER_TRANSACTION)
  const announcements = some.map((content) => ({ content, arrived: toUnmarked(content) }))
  return { announcements, upTo: rows.length > some.length ? numberOf(some.at(-1)) : upTo }
}

function isFor(content: AnnouncementRow, userId: string, { announced, began }: Reached): boolean {
  const number = numberOf(content)
  const isNew = number > announced && (number > began || content.for_new_users === 1)
  return isNew && content.excluded_user_id !== userId
}

/** Decides which users get which announcements of a page, as many as go into one transaction. */
function distribute(page: Page, inboxes: Lacking['inboxes']) {
  const chosen = new Map<string, Announcements>([...inboxes.keys()].map((userId) => [userId, []]))
  let entries = 0
  let reached: number | undefined
  for (const announcement of page.announcements) {
    const { content } = announcement
    const getting = [...inboxes].filter(([userId, mark]) => isFor(content, userId, mark)).map(([userId]) => userId)
    entries += getting.length
    if (reached !== undefined && entries > ENTRIES_PER_TRANSACTION) return { chosen, upTo: reached }
    for (const userId of getting) chosen.get(userId)?.push(announcement)
    reached = numberOf(content)
  }
  return { chosen, upTo: page.upTo }
}

/** Advances the stream of each user by one change for each announcement that they get. */
function advanceBy(tx: Tx, chosen: ReadonlyMap<string, Announcements>): Promise<ReadonlyMap<string, StreamState>> {
  const getting = [...chosen].filter(([, { length }]) => length > 0)
  return advanceEach(tx, new Map(getting.map(([userId, { length }]) => [inboxStream(userId), newEntries(length)])))
}

/** Reads how users want to be told of what they get. Undefined: no user prefers anything. */
async function readPreferred(
  tx: Tx,
  chosen: ReadonlyMap<string, Announcements>,
  { preferences }: Lacking,
): Promise<PreferredBy | undefined> {
  const arriving = [...chosen].flatMap(([userId, some]) =>
    some.map(({ content: { category } }) => ({ userId, category })),
  )
  return preferences?.read(tx, arriving)
}

function toWrite(
  userId: string,
  stream: StreamState,
  { announcements, preferred }: { readonly announcements: Announcements; readonly preferred: PreferredBy | undefined },
): InboxWrite {
  const previous = stream.revision - announcements.length
  const facts = announcements.map(({ arrived }, index) => {
    const revision = previous + index + 1
    const isMuted = isMutedBy(preferred, { userId, category: arrived.category })
    return {
      kind: 'added',
      revision,
      notification: { ...arrived, isMuted, revision, arrivedRevision: revision },
    } as const
  })
  return { userId, stream, previous, facts }
}

/** What one transaction wrote, and the users whose inboxes lack more. */
export interface Materialised {
  readonly writes: readonly InboxWrite[]
  readonly remaining: readonly string[]
}

/** Materialises announcements in inboxes, as many as go into one transaction. Runs as part of that transaction. */
export async function materialiseSome(
  tx: Tx,
  behind: Behind,
  { now, preferences }: { readonly now: number; readonly preferences: InboxPreferences | undefined },
): Promise<Materialised> {
  const lacking = await lock(tx, behind, preferences)
  const { inboxes } = lacking
  if (inboxes.size === 0) return { writes: [], remaining: [] }
  const { chosen, upTo } = distribute(await readPage(tx, lacking, now), inboxes)
  const streams = await advanceBy(tx, chosen)
  const preferred = await readPreferred(tx, chosen, lacking)
  const writes = [...chosen].flatMap(([userId, announcements]) => {
    const stream = streams.get(inboxStream(userId))
    return stream ? [toWrite(userId, stream, { announcements, preferred })] : []
  })
  await insertAdded(tx, writes)
  await tx
    .updateTable('streams')
    .set({ announced: upTo })
    .where('stream', 'in', [...inboxes.keys()].map(inboxStream))
    .where('announced', '<', upTo)
    .execute()
  return { writes, remaining: upTo < lacking.upTo ? [...inboxes.keys()] : [] }
}
