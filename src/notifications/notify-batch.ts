import type { HandOffRule } from '../lib/hand-off-rule.ts'
import { type Claim, type Claiming, claimKeys, keyConflict } from '../storage/idempotency.ts'
import type { Tx } from '../storage/storage.ts'
import { advanceEach, newEntries } from '../storage/streams.ts'
import { type Content, isLate, late } from './content.ts'
import { type GroupArrivals, openGroupArrivals } from './group-arrivals.ts'
import { type InboxWrite, inboxStream } from './inbox-events.ts'
import { insertAdded, toUnmarked } from './inbox-rows.ts'
import { type ArrivalKind, areUsed, type InboxPreferences, isMutedBy, type PreferredBy } from './preferred.ts'

/** One command to notify users. */
export interface NotifyOrder {
  readonly users: readonly string[]
  readonly content: Content
  /** The idempotency key of the command. Undefined: it has none. */
  readonly claim: Omit<Claiming, 'result'> | undefined
  /** When it is handed off to the backend. Undefined: never. */
  readonly handOff?: HandOffRule | undefined
}

/** A notification in an inbox that is to be handed off to the backend by a rule, unless its user sees it. */
export interface ToHandOff {
  readonly userId: string
  /** The id of the notification. */
  readonly item: string
  readonly rule: HandOffRule
}

/** Stores when notifications are due to be handed off. Runs in the transaction that stores them. */
export type ScheduleHandOff = (tx: Tx, items: readonly ToHandOff[]) => Promise<void>

/** The result of one command to notify users. */
export interface Notified {
  readonly notificationId: string
  /** How many different users got the notification. */
  readonly recipients: number
  /** The idempotency key was used before. Nothing was stored now, and this is the first result. */
  readonly isDuplicate: boolean
}

/** What several commands did in one transaction: the result or error of each, and what was written to each inbox. */
export interface BatchStored {
  readonly outcomes: readonly (Notified | Error)[]
  readonly writes: readonly InboxWrite[]
}

const COMMAND = 'notify'

type Result = Omit<Notified, 'isDuplicate'>

function resultOf({ content, users }: NotifyOrder): Result {
  return { notificationId: content.id, recipients: users.length }
}

function outcomeOf(order: NotifyOrder, claim: Claim): Notified | Error {
  if (claim === 'conflict') return keyConflict()
  if (claim !== 'new') return { ...(claim.result as unknown as Result), isDuplicate: true }
  return { ...resultOf(order), isDuplicate: false }
}

async function claimAll(tx: Tx, orders: readonly NotifyOrder[], now: number): Promise<ReadonlyMap<NotifyOrder, Claim>> {
  const keyed = orders.flatMap((order) => (order.claim ? [{ order, claim: order.claim }] : []))
  const claiming = keyed.map(({ order, claim }) => ({ ...claim, result: { ...resultOf(order) } }))
  const claims = await claimKeys(tx, COMMAND, claiming, now)
  return new Map(keyed.map(({ order }, index) => [order, claims[index] ?? 'new']))
}

/** Something that a user gets. */
interface Arriving extends ArrivalKind {
  readonly content: Content
}

function arrivalsOf(byUser: ReadonlyMap<string, readonly Content[]>): readonly Arriving[] {
  return [...byUser].flatMap(([userId, contents]) =>
    contents.map((content) => ({ userId, content, category: content.category })),
  )
}

/** The notifications that each user gets, in the order of the commands. */
function groupByUser(orders: readonly NotifyOrder[]): ReadonlyMap<string, readonly Content[]> {
  const byUser = new Map<string, Content[]>()
  for (const { users, content } of orders) {
    for (const userId of users) {
      const contents = byUser.get(userId)
      if (contents) contents.push(content)
      else byUser.set(userId, [content])
    }
  }
  return byUser
}

/** What decides how notifications arrive. Each part is undefined where nobody uses it, and then costs nothing. */
interface Arrangements {
  readonly groups: GroupArrivals | undefined
  readonly preferred: PreferredBy | undefined
}

/** Inserts the content of commands, and reads what decides how it arrives in the inboxes. */
async function insertContents(
  tx: Tx,
  orders: readonly NotifyOrder[],
  {
    now,
    byUser,
    preferences,
  }: Pick<Storing, 'now' | 'preferences'> & { readonly byUser: ReadonlyMap<string, readonly Content[]> },
): Promise<Arrangements> {
  const rows = await tx
    .insertInto('notifications')
    .values(orders.map(({ content }) => content))
    .returning(areUsed(preferences).as('used'))
    .execute()
  const arePreferred = rows.some(({ used }) => used === 1)
  const isGrouped = orders.some(({ content }) => content.group_key !== null)
  const arriving = arePreferred || isGrouped ? arrivalsOf(byUser) : []
  return {
    groups: isGrouped ? await openGroupArrivals(tx, arriving, now) : undefined,
    preferred: arePreferred ? await preferences?.read(tx, arriving) : undefined,
  }
}

/** Puts the notifications of commands into the inboxes. Each user gets them in the order of the commands. */
async function deliver(
  tx: Tx,
  orders: readonly NotifyOrder[],
  { now, began, preferences }: Storing,
): Promise<Arrangements & { readonly writes: readonly InboxWrite[] }> {
  if (orders.length === 0) return { writes: [], groups: undefined, preferred: undefined }
  const byUser = groupByUser(orders)
  const advances = [...byUser].map(([userId, { length }]) => [inboxStream(userId), newEntries(length)] as const)
  const streams = await advanceEach(tx, new Map(advances), began)
  const { groups, preferred } = await insertContents(tx, orders, { now, byUser, preferences })
  const arrived = new Map(orders.map(({ content }) => [content, toUnmarked(content)]))
  const writes: InboxWrite[] = []
  for (const [userId, contents] of byUser) {
    const stream = streams.get(inboxStream(userId))
    if (!stream) throw new Error(`The inbox of ${userId} did not advance`)
    const previous = stream.revision - contents.length
    const facts = contents.map((content, index) => {
      const revision = previous + index + 1
      const isMuted = isMutedBy(preferred, { userId, category: content.category })
      const grouped = groups?.add({ userId, content, isMuted }, revision)
      const alone = { ...(arrived.get(content) ?? toUnmarked(content)), isMuted, revision, arrivedRevision: revision }
      return { kind: 'added', revision, notification: grouped ?? alone } as const
    })
    writes.push({ userId, stream, previous, facts })
  }
  await insertAdded(tx, writes)
  await groups?.store(tx)
  return { writes, groups, preferred }
}

/**
 * What is to be handed off: of a group its entry, once for each user, by the rule that is due first. Of a category that a user does not want
 * to be handed off only what is urgent.
 */
function toHandOff(orders: readonly NotifyOrder[], { groups, preferred }: Arrangements): readonly ToHandOff[] {
  const items = orders.flatMap(({ users, content, handOff: rule }) => {
    if (!rule) return []
    const isWanted = (userId: string): boolean =>
      preferred === undefined || content.priority === 'URGENT' || preferred(userId, content.category).handOff
    return users
      .filter(isWanted)
      .map((userId) => ({ userId, item: groups?.entryOf({ userId, content }) ?? content.id, rule }))
  })
  if (!groups) return items
  const latestFirst = items.toSorted((one, other) => other.rule.afterMs - one.rule.afterMs)
  return [...new Map(latestFirst.map((one) => [JSON.stringify([one.userId, one.item]), one])).values()]
}

/** How commands are stored. */
interface Storing {
  readonly now: number
  /** The number of the announcement behind which new inboxes begin. */
  readonly began: number
  /** Called when a command has a rule for handing off. */
  readonly scheduleHandOff?: ScheduleHandOff | undefined
  /** Undefined: no user prefers anything. */
  readonly preferences?: InboxPreferences | undefined
}

/**
 * Carries out commands in one transaction, with one statement per table however many they are. A command whose key was used before is a
 * duplicate or a CONFLICT, which does not affect the others. Throws BAD_USER_INPUT when a notification had expired already.
 */
export async function storeOrders(tx: Tx, orders: readonly NotifyOrder[], storing: Storing): Promise<BatchStored> {
  const claims = await claimAll(tx, orders, storing.now)
  const claimOf = (order: NotifyOrder): Claim => claims.get(order) ?? 'new'
  const fresh = orders.filter((order) => claimOf(order) === 'new')
  if (fresh.some(({ content }) => isLate(content))) throw late()
  const { writes, ...arrangements } = await deliver(tx, fresh, storing)
  const due = toHandOff(fresh, arrangements)
  if (due.length > 0) await storing.scheduleHandOff?.(tx, due)
  return { outcomes: orders.map((order) => outcomeOf(order, claimOf(order))), writes }
}
