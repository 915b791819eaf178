import fc from 'fast-check'
import { expect } from 'vitest'
import type { UnreadCount } from '../../src/notifications/notification.ts'
import type { TestApp } from './app.ts'
import type { Data } from './device.ts'
import { pick } from './histories.ts'
import { createInboxReplica, toShown } from './inbox-replica.ts'
import type { Network } from './proxy.ts'
import { CUTS, openAsk, openSocketFollower, type SocketFollower, walk } from './socket-follower.ts'

/** Where unread counts stop in these histories. */
export const CAP = 3
const UNREAD = 'count isCapped byCategory { category count isCapped } revision'
const CONTENT =
  'id title category createdAt seenAt readAt archivedAt editedAt arrivedRevision revision group { key count latestAt }'
const EVENTS = `subscription Events($after: Cursor!) { notificationEvents(after: $after) {
  __typename
  unread { ${UNREAD} }
  ... on NotificationAdded { notification { ${CONTENT} } }
  ... on NotificationUpdated { notification { ${CONTENT} } }
  ... on NotificationsMarked { mark ids upToRevision category at }
  ... on NotificationsRemoved { ids }
} }`
const BADGE = `subscription { unreadCount { ${UNREAD} } }`
const LIST = `{ notifications(first: 100, filter: { archived: null }) {
  nodes { ${CONTENT} } pageInfo { hasNextPage } resumeCursor unread { ${UNREAD} }
} }`
const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const ANNOUNCE = 'mutation ($input: AnnounceInput!) { announce(input: $input) { notificationId } }'
const RETRACT = 'mutation ($ids: [ID!]!) { retractNotifications(ids: $ids) }'
const MARK_ALL = ['markAllAsRead', 'markAllAsSeen', 'archiveAllNotifications']
const UPDATE =
  'mutation ($id: ID!, $input: UpdateNotificationInput!) { updateNotification(id: $id, input: $input) { recipients } }'
const MARKS = ['markAsSeen', 'markAsRead', 'markAsUnread', 'archiveNotifications', 'unarchiveNotifications']

const device = fc.nat(1)
/** What happens to the inbox of a user with two devices. Numbers pick one of what there is then. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send'),
      category: fc.constantFrom('a', 'b'),
      groupKey: fc.option(fc.constant('g'), { freq: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('announce') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('mark'),
      mark: fc.constantFrom(...MARKS),
      which: fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mark all'),
      mark: fc.constantFrom(...MARK_ALL),
      category: fc.option(fc.constantFrom('a', 'b')),
      back: fc.option(fc.nat(5)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('retract'), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('update'), which: fc.nat(20) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('cut'), device, how: fc.constantFrom(...CUTS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('follow'), device, back: fc.nat(12) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('begun', 'settle'), device }) },
)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** One history. */
export const socketInboxHistory = fc.array(step, { minLength: 5, maxLength: 25, size: 'max' })

type Ask = Awaited<ReturnType<typeof openAsk>>

/** Knows the counts of every revision, by counting the list itself. */
function openCounts(ask: Ask) {
  const known = new Map<number, Omit<UnreadCount, 'byCategory'> & { readonly byCategory: unknown }>()
  const counts: UnreadCount[] = []
  const toMap = (rows: UnreadCount['byCategory']) => Object.fromEntries(rows.map((row) => [row.category, row]))
  const list = async (): Promise<Data> => {
    const { notifications } = await ask(LIST)
    expect(notifications.pageInfo.hasNextPage).toBe(false)
    const unread = notifications.nodes.filter((one: Data) => one['readAt'] === null && one['archivedAt'] === null)
    const capped = (count: number) => ({ count: Math.min(count, CAP), isCapped: count > CAP })
    const rows = ['a', 'b'].map((category) => ({
      category,
      ...capped(unread.filter((one: Data) => one['category'] === category).length),
    }))
    const byCategory = toMap(rows.filter(({ count }) => count > 0))
    const { revision } = notifications.unread
    known.set(revision, { ...capped(unread.length), byCategory, revision })
    counts.push(notifications.unread)
    return notifications
  }
  return {
    list,
    receive: (count: UnreadCount) => void counts.push(count),
    /** Expects that each count that was received is what was stored at its revision. */
    check: () => {
      for (const { byCategory, ...count } of counts.splice(0)) {
        expect({ ...count, byCategory: toMap(byCategory) }).toEqual(known.get(count.revision))
      }
    },
  }
}

type Counts = ReturnType<typeof openCounts>

/** A device that shows an inbox and its badge. */
async function openDevice(network: Network, userId: string, counts: Counts) {
  const replica = createInboxReplica()
  const { nodes, resumeCursor } = await counts.list()
  replica.load(nodes)
  let badge: UnreadCount | undefined
  const follower = await openSocketFollower(network, [userId, 'customer'], {
    log: EVENTS,
    cursor: resumeCursor,
    applyLog: ({ notificationEvents }) => {
      counts.receive(notificationEvents.unread)
      replica.apply(notificationEvents)
    },
    state: BADGE,
    applyState: ({ unreadCount }) => {
      counts.receive(unreadCount)
      expect(unreadCount.revision).toBeGreaterThanOrEqual(badge?.revision ?? 0)
      badge = unreadCount
    },
  })
  return {
    follower,
    compare: async (barrier: string, stored: Data) => {
      await follower.waitFor('the barrier', () => replica.shown()[barrier] !== undefined)
      expect(replica.shown()).toEqual(toShown(stored['nodes']))
      await follower.waitFor('the badge', () => badge?.revision === stored['unread'].revision)
      expect(badge).toEqual(stored['unread'])
      expect(follower.missed).toBe(0)
    },
  }
}

/** What can be done to the inbox of a user, as users and backends do it. */
function openActs(as: { readonly user: Ask; readonly backend: Ask }, userId: string, counts: Counts) {
  const sent: string[] = []
  let edits = 0
  const send = async (category: string, groupKey: string | null = null): Promise<string> => {
    const notification = { type: 'x', title: `${sent.length}`, category, groupKey }
    return (await as.backend(NOTIFY, { input: { userIds: [userId], notification } }))['notify'].notificationId
  }
  const act = async (step: Step): Promise<unknown> => {
    switch (step.do) {
      case 'send':
        return sent.push(await send(step.category, step.groupKey))
      case 'announce': {
        const input = { notification: { type: 'x', title: 'News', category: 'a' } }
        return sent.push((await as.backend(ANNOUNCE, { input }))['announce'].notificationId)
      }
      case 'mark': {
        const { nodes } = await counts.list()
        const ids = [...new Set(step.which.flatMap((number) => pick<Data>(nodes, number)?.['id'] ?? []))]
        return ids.length > 0 && as.user(`mutation ($ids: [ID!]!) { ${step.mark}(ids: $ids) { changed } }`, { ids })
      }
      case 'mark all': {
        const { unread } = await counts.list()
        const upToRevision = step.back === null ? null : Math.max(0, unread.revision - step.back)
        const mutation = `mutation ($upToRevision: Int, $category: String) {
          ${step.mark}(upToRevision: $upToRevision, category: $category) { changed } }`
        return as.user(mutation, { category: step.category, upToRevision })
      }
      case 'retract': {
        const id = pick(sent, step.which)
        return id !== undefined && retract(id)
      }
      case 'update': {
        const id = pick(sent, step.which)
        edits += 1
        return id !== undefined && unlessGone(as.backend(UPDATE, { id, input: { title: `edit ${edits}` } }))
      }
      default:
        return undefined
    }
  }
  // Its content may be deleted already.
  const unlessGone = (asking: Promise<unknown>) =>
    asking.catch((error) => expect(error).toMatchObject({ code: 'NOT_FOUND' }))
  const retract = (id: string) => unlessGone(as.backend(RETRACT, { ids: [id] }))
  return { act, send, retract }
}

/** Plays a history for a user of its own: both devices show what is stored, whenever things have settled. */
export async function playSocketInbox(
  app: TestApp,
  networks: readonly Network[],
  userId: string,
  steps: readonly Step[],
): Promise<void> {
  const as = { user: await openAsk(app, userId), backend: await openAsk(app, 'shop', 'backend') }
  const counts = openCounts(as.user)
  const { act, send, retract } = openActs(as, userId, counts)
  const devices = await Promise.all(networks.map((network) => openDevice(network, userId, counts)))
  const followers: readonly SocketFollower[] = devices.map(({ follower }) => follower)

  const settle = async (): Promise<void> => {
    const barrier = await send('a')
    const stored = await counts.list()
    for (const { compare } of devices) await compare(barrier, stored)
    counts.check()
    await retract(barrier)
    await counts.list()
  }

  await walk(followers, steps, {
    act,
    settle,
    afterEach: async () => void (await counts.list()),
  })
}
