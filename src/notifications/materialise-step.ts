import { type Selectable, sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import type { Tx } from '../storage/storage.ts'
import { advanceEach, advanceStreams, newEntries, type StreamState } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import { type InboxWrite, inboxStream } from './inbox-events.ts'
import { ANNOUNCEMENTS, insertAdded, isUnexpiredContent, NO_FACTS, toUnmarked } from './inbox-rows.ts'
import type { Notification } from './notification.ts'

type AnnouncementRow = Selectable<Tables['notifications']>

/** Entries that one transaction makes, so that none lasts long. */
const ENTRIES_PER_TRANSACTION = 1_000
/** Announcements of one transaction: an inbox that missed more gets them in several. */
const ANNOUNCEMENTS_PER_TRANSACTION = 100
const STREAMS_PER_STATEMENT = 5_000

/** Who lacks announcements. */
export interface Behind {
  /** The last announcement. */
  readonly upTo: number
  /** The users whose inboxes lack one. */
  readonly userIds: readonly string[]
}

/** Finds which of these users lack announcements. */
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

/** Which announcements an inbox has. */
interface Reached {
  /** Those up to this one are materialised. */
  readonly announced: number
  /** Up to this one, only those for new users reach it. */
  readonly began: number
}

/** Who lacks announcements, which end at `upTo`. */
interface Lacking {
  readonly upTo: number
  readonly inboxes: ReadonlyMap<string, Reached>
}

/** Locks the streams of the users, and the announcements, so that none is retracted meanwhile. */
async function lock(tx: Tx, userIds: readonly string[], began: number): Promise<Lacking> {
  const streams = await advanceStreams(tx, [ANNOUNCEMENTS, ...userIds.map(inboxStream)], NO_FACTS, began)
  const upTo = streams.get(ANNOUNCEMENTS)?.revision ?? 0
  const rows = await tx
    .selectFrom('streams')
    .select(['stream', 'announced', 'began'])
    .where('stream', 'in', userIds.map(inboxStream))
    .where('announced', '<', upTo)
    .execute()
  const byStream = new Map(rows.map(({ stream, ...mark }) => [stream, mark]))
  const inboxes = userIds.flatMap((userId) => {
    const mark = byStream.get(inboxStream(userId))
    return mark ? [[userId, mark] as const] : []
  })
  return { upTo, inboxes: new Map(inboxes) }
}

/** Announcements behind `after` and up to `upTo`, in order. */
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

/** Announcements in order, complete up to `upTo`. */
interface Page {
  readonly announcements: Readonly<Announcements>
  readonly upTo: number
}

/** The next announcements that some of the users lack. */
async function readPage(tx: Tx, { upTo, inboxes }: Lacking, now: number): Promise<Page> {
  const all = [...inboxes.values()]
  const after = all.reduce((least, { announced }) => Math.min(least, announced), upTo)
  const since = all.reduce((least, { announced, began }) => Math.min(least, Math.max(announced, began)), upTo)
  // In the words of the index `notifications_for_new_users`.
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

/** Who gets what of a page, as far as it goes into one transaction. */
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

/** Advances the stream of each user by as many facts as they get. */
function advanceBy(tx: Tx, chosen: ReadonlyMap<string, Announcements>): Promise<ReadonlyMap<string, StreamState>> {
  const getting = [...chosen].filter(([, { length }]) => length > 0)
  return advanceEach(tx, new Map(getting.map(([userId, { length }]) => [inboxStream(userId), newEntries(length)])))
}

function toWrite(userId: string, stream: StreamState, announcements: Announcements): InboxWrite {
  const previous = stream.revision - announcements.length
  const facts = announcements.map(({ arrived }, index) => {
    const revision = previous + index + 1
    return { kind: 'added', revision, notification: { ...arrived, revision, arrivedRevision: revision } } as const
  })
  return { userId, stream, previous, facts }
}

/** What one transaction did, and who lacks more. */
export interface Materialised {
  readonly writes: readonly InboxWrite[]
  readonly remaining: readonly string[]
}

/** Materialises some of what inboxes lack, perhaps not all of it. Part of a transaction. */
export async function materialiseSome(tx: Tx, { userIds, upTo: began }: Behind, now: number): Promise<Materialised> {
  const lacking = await lock(tx, userIds, began)
  const { inboxes } = lacking
  if (inboxes.size === 0) return { writes: [], remaining: [] }
  const { chosen, upTo } = distribute(await readPage(tx, lacking, now), inboxes)
  const streams = await advanceBy(tx, chosen)
  const writes = [...chosen].flatMap(([userId, announcements]) => {
    const stream = streams.get(inboxStream(userId))
    return stream ? [toWrite(userId, stream, announcements)] : []
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
