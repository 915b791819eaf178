import type { Bus } from '../bus/bus.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import { advanceEach, advanceLanes, type LaneState, newEntries } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { EVERYONE, insertEntries, isUnexpiredContent, NO_FACTS, toUnmarked } from './inbox.ts'
import { type InboxWrite, inboxLane, tell, toEvents } from './inbox-events.ts'

/**
 * Brings the inboxes of users up to date with the announcements, and tells their devices. Afterwards each has all that were
 * announced when it was called: from the newest 100, those that have not expired and do not exclude the user. Returns the
 * number of the last announcement then.
 */
export type TakeIn = (userIds: readonly string[]) => Promise<number>

/** An inbox takes in no more at once: whoever stays away for years is not buried. */
const MAX_TAKEN_IN = 100
/** Inboxes of one transaction, so that none lasts long. */
const USERS_PER_TRANSACTION = 500
const LANES_PER_STATEMENT = 5_000

interface Behind {
  /** The last announcement. */
  readonly upTo: number
  /** The users whose inboxes lack one. */
  readonly userIds: readonly string[]
}

const findBehind = async (tx: Tx, userIds: readonly string[]): Promise<Behind> => {
  const everyone = await tx.selectFrom('lanes').select('revision').where('lane', '=', EVERYONE).executeTakeFirst()
  const upTo = everyone?.revision ?? 0
  if (upTo === 0) return { upTo, userIds: [] }
  const current = new Set<string>()
  await inTurns(userIds, LANES_PER_STATEMENT, async (some) => {
    const rows = await tx
      .selectFrom('lanes')
      .select('lane')
      .where('lane', 'in', some.map(inboxLane))
      .where('announced', '>=', upTo)
      .execute()
    for (const { lane } of rows) current.add(lane)
  })
  return { upTo, userIds: userIds.filter((userId) => !current.has(inboxLane(userId))) }
}

/** The announcements in a range, oldest first. */
const readAnnouncements = async (tx: Tx, after: number, upTo: number, now: number) => {
  const rows = await tx
    .selectFrom('notifications')
    .selectAll()
    .where('announcement', '>', after)
    .where('announcement', '<=', upTo)
    .where(isUnexpiredContent(now))
    .orderBy('announcement', 'desc')
    .limit(MAX_TAKEN_IN)
    .execute()
  return rows.reverse().map((content) => ({ content, arrived: toUnmarked(content) }))
}

type Announcements = Awaited<ReturnType<typeof readAnnouncements>>

/** Who lacks what: by user, up to which announcement the inbox has taken them in. */
interface Lacking {
  readonly upTo: number
  readonly announced: ReadonlyMap<string, number>
}

/** Locks the lanes of the users, and the announcements, so that none is retracted meanwhile. */
const lock = async (tx: Tx, userIds: readonly string[]): Promise<Lacking> => {
  const lanes = await advanceLanes(tx, [EVERYONE, ...userIds.map(inboxLane)], NO_FACTS)
  const upTo = lanes.get(EVERYONE)?.revision ?? 0
  const rows = await tx
    .selectFrom('lanes')
    .select(['lane', 'announced'])
    .where('lane', 'in', userIds.map(inboxLane))
    .where('announced', '<', upTo)
    .execute()
  const byLane = new Map(rows.map(({ lane, announced }) => [lane, announced]))
  const announced = userIds.flatMap((userId) => {
    const number = byLane.get(inboxLane(userId))
    return number === undefined ? [] : [[userId, number] as const]
  })
  return { upTo, announced: new Map(announced) }
}

/** Advances the lane of each user by as many facts as they get. */
const advanceBy = (tx: Tx, chosen: ReadonlyMap<string, Announcements>): Promise<ReadonlyMap<string, LaneState>> => {
  const getting = [...chosen].filter(([, { length }]) => length > 0)
  return advanceEach(tx, new Map(getting.map(([userId, { length }]) => [inboxLane(userId), newEntries(length)])))
}

const toWrite = (userId: string, lane: LaneState, announcements: Announcements): InboxWrite => {
  const previous = lane.revision - announcements.length
  const facts = announcements.map(({ arrived }, index) => {
    const revision = previous + index + 1
    return { kind: 'added', revision, notification: { ...arrived, revision, position: revision } } as const
  })
  return { userId, lane, previous, facts }
}

const takeInSome = async (tx: Tx, userIds: readonly string[], now: number): Promise<readonly InboxWrite[]> => {
  const { upTo, announced } = await lock(tx, userIds)
  if (announced.size === 0) return []
  const announcements = await readAnnouncements(tx, Math.min(...announced.values()), upTo, now)
  const choose = (userId: string, after: number): Announcements =>
    announcements.filter(({ content }) => (content.announcement ?? 0) > after && content.excluded_user_id !== userId)
  const chosen = new Map([...announced].map(([userId, after]) => [userId, choose(userId, after)]))
  const lanes = await advanceBy(tx, chosen)
  const writes = [...chosen].flatMap(([userId, taken]) => {
    const lane = lanes.get(inboxLane(userId))
    return lane ? [toWrite(userId, lane, taken)] : []
  })
  await insertEntries(
    tx,
    writes.flatMap(({ userId, previous }) =>
      (chosen.get(userId) ?? []).map(({ content }, index) => ({ userId, position: previous + index + 1, content })),
    ),
  )
  await tx
    .updateTable('lanes')
    .set({ announced: upTo })
    .where('lane', 'in', [...announced.keys()].map(inboxLane))
    .execute()
  return writes
}

export interface TakeInDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

/** Makes the one function by which inboxes get announcements. */
export const createTakeIn =
  ({ storage, bus, clock, limits }: TakeInDeps): TakeIn =>
  async (userIds) => {
    const behind = await storage.read((tx) => findBehind(tx, userIds))
    await inTurns(behind.userIds, USERS_PER_TRANSACTION, async (some) => {
      const now = clock.now()
      const events = await storage.write(async (tx) => toEvents(tx, await takeInSome(tx, some, now), limits.unreadCap))
      await tell(bus, events)
    })
    return behind.upTo
  }
