import fc from 'fast-check'
import { expect } from 'vitest'
import { createHeraldClient } from '../../packages/client/src/client.ts'
import type { Notification, NotificationFilter, UnreadCount } from '../../packages/client/src/document-types.ts'
import { INBOX_PAGE } from '../../packages/client/src/documents.ts'
import { createInbox, type Inbox, type InboxOptions } from '../../packages/client/src/inbox.ts'
import { signTestToken } from './app.ts'
import type { Data, Device } from './device.ts'
import { pick } from './histories.ts'
import { SMALL_TIMES } from './kit.ts'
import type { Network } from './proxy.ts'

/** What the devices of a history show: all of an inbox, what is unread, page by page, and what is archived. */
export const SHOWN: readonly InboxOptions[] = [
  {},
  { filter: { read: false } },
  { pageSize: 3 },
  { filter: { archived: null } },
]

const device = fc.nat(SHOWN.length - 1)
const which = fc.array(fc.nat(20), { minLength: 1, maxLength: 3 })
const category = fc.constantFrom('a', 'b')

/** What happens to an inbox. Numbers pick one of what there is then; marks are made by devices, with and without waiting. */
const step = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({ do: fc.constant('send'), category, groupKey: fc.option(fc.constant('g'), { freq: 1 }) }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('mark'),
      device,
      mark: fc.constantFrom('markAsSeen', 'markAsRead', 'markAsUnread', 'archive', 'unarchive', 'delete'),
      which,
      waits: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refused'), device, which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mark all'),
      device,
      mark: fc.constantFrom('markAllAsRead', 'markAllAsSeen', 'archiveAll'),
      category: fc.option(category),
      onlyRead: fc.boolean(),
      waits: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snooze'), device, which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unsnooze') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('retract', 'update'), one: fc.nat(20) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('cut'), device, how: fc.constantFrom('reset', 'end', 'halfOpen', 'stall') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('load more'), device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reload'), device }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle') }) },
)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** One history. */
export const kitInboxHistory = fc.array(step, { minLength: 5, maxLength: 25, size: 'max' })

type Counts = Omit<UnreadCount, 'unseen'>

function withoutUnseen({ unseen: _, ...count }: UnreadCount): Counts {
  return count
}

/** Knows every count that Herald has had, by following the inbox over a connection that is never cut. */
function openJournal(owner: Device) {
  const known = new Map<number, Counts>()
  const COUNT = 'count isCapped revision byCategory { category count isCapped }'
  const note = (count: Counts): void => void known.set(count.revision, count)
  owner.client.subscribe<Data>(
    { query: `subscription { notificationEvents { unread { ${COUNT} } } }` },
    { next: ({ data }) => note(data?.['notificationEvents'].unread), error: () => {}, complete: () => {} },
  )
  return {
    known,
    begin: async () => note((await owner.run(`{ unreadCount { ${COUNT} } }`))['unreadCount']),
  }
}

/** A store of the kit that is watched at each of its states. */
function openWatched(network: Network, userId: string, options: InboxOptions) {
  const client = createHeraldClient({
    url: `http://127.0.0.1:${network.port}/graphql`,
    token: () => signTestToken(userId),
    times: { ...SMALL_TIMES, retry: 20 },
  })
  const inbox = createInbox(client, options)
  const counts: UnreadCount[] = []
  const faults: string[] = []
  inbox.subscribe(({ items, unread }) => {
    if (unread && counts.at(-1) !== unread) counts.push(unread)
    const places = items.map(({ arrivedRevision }) => arrivedRevision)
    if (places.some((place, n) => n > 0 && place >= (places[n - 1] ?? 0))) faults.push(`order: ${places}`)
    if (new Set(items.map(({ id }) => id)).size < items.length) faults.push(`twice: ${items.map(({ id }) => id)}`)
  })
  return { client, inbox, counts, faults, network }
}

type Watched = ReturnType<typeof openWatched>

/** What a fresh query says: the whole list that a store would show, and the count. */
async function askAll(owner: Device, filter: NotificationFilter | undefined) {
  const { notifications } = await owner.run(INBOX_PAGE, { first: 100, filter, unseen: true })
  return notifications as { readonly nodes: readonly Notification[]; readonly unread: UnreadCount }
}

/** Waits until nothing is under way, and expects that each store shows what a fresh query says. */
async function settle(owner: Device, watched: readonly Watched[], marking: readonly Promise<unknown>[]): Promise<void> {
  await Promise.all(marking)
  for (const [n, { inbox }] of watched.entries()) {
    const { nodes, unread } = await askAll(owner, SHOWN[n]?.filter)
    const shown = () => {
      const { items, hasMore, unread: count, pending, isLoadingMore, status } = inbox.getSnapshot()
      // Pages that were not loaded are not missing.
      const older = hasMore ? nodes.slice(items.length) : []
      return { items: [...items, ...older], unread: count, pending, isLoadingMore, status }
    }
    const wanted = { items: nodes, unread, pending: 0, isLoadingMore: false, status: 'ready' }
    await expect.poll(shown, { timeout: 20_000 }).toEqual(wanted)
  }
}

/** Plays a history for a user who is new. `owner` and `backend` are connected without a network that fails. */
export async function playKitInbox(
  {
    owner,
    backend,
    networks,
  }: { readonly owner: Device; readonly backend: Device; readonly networks: readonly Network[] },
  userId: string,
  steps: readonly Step[],
): Promise<void> {
  const journal = openJournal(owner)
  await journal.begin()
  const watched = SHOWN.map((options, n) => openWatched(networks[n]!, userId, options))
  const ids: string[] = []
  /** Marks that were made without waiting for them. */
  const marking: Promise<unknown>[] = []
  const send = async (one: string, groupKey: string | null = null): Promise<void> => {
    const notification = { type: 'x', title: `${ids.length}`, category: one, groupKey }
    const { notify } = await backend.run(
      'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }',
      { input: { userIds: [userId], notification } },
    )
    ids.push(notify.notificationId)
  }
  const named = (inbox: Inbox, numbers: readonly number[]): readonly string[] => [
    ...new Set(numbers.flatMap((number) => pick(inbox.getSnapshot().items, number)?.id ?? [])),
  ]
  const act = async (step: Step): Promise<unknown> => {
    if (step.do === 'send') return send(step.category, step.groupKey)
    if (step.do === 'settle') return settle(owner, watched, marking)
    if (step.do === 'unsnooze') {
      const { nodes } = await askAll(owner, { snoozed: true })
      const UNSNOOZE = 'mutation ($ids: [ID!]!) { unsnoozeNotifications(ids: $ids) { changed } }'
      return nodes.length > 0 && owner.run(UNSNOOZE, { ids: nodes.map(({ id }) => id) })
    }
    if ('one' in step) {
      const id = pick(ids, step.one)
      const RETRACT = 'mutation ($id: ID!) { retractNotifications(ids: [$id]) }'
      const UPDATE = `mutation ($id: ID!) { updateNotification(id: $id, input: { title: "${Math.random()}" }) { recipients } }`
      return id && backend.run(step.do === 'retract' ? RETRACT : UPDATE, { id }).catch(() => {})
    }
    const { inbox, network } = watched[step.device]!
    if (step.do === 'cut') return network[step.how]()
    if (step.do === 'reload') return inbox.reload()
    if (step.do === 'load more') return inbox.loadMore()
    if (step.do === 'refused') {
      const refused = inbox.markAsRead([...named(inbox, step.which), 'nobody'])
      return expect(refused).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    if (step.do === 'mark all') {
      const { mark, category: only, onlyRead, waits } = step
      // A store that knows nothing yet would mark what is there when it gets through.
      if (!inbox.getSnapshot().unread) return
      const all = inbox[mark]({ ...(only && { category: only }), ...(mark === 'archiveAll' && { onlyRead }) })
      marking.push(all)
      return waits && all
    }
    const chosen = named(inbox, step.which)
    if (chosen.length === 0) return
    // What is shown here may be gone already.
    if (step.do === 'snooze') return inbox.snooze(chosen, new Date(Date.now() + 3_600_000)).catch(() => {})
    const one = inbox[step.mark](chosen).catch(() => {})
    marking.push(one)
    return step.waits && one
  }
  try {
    for (const one of ['a', 'b', 'a', 'a']) await send(one)
    for (const one of steps) await act(one)
    await send('b')
    await settle(owner, watched, marking)
    for (const { counts, faults } of watched) {
      expect(faults).toEqual([])
      for (const count of counts) expect(withoutUnseen(count)).toEqual(journal.known.get(count.revision))
    }
  } finally {
    for (const { client } of watched) client.dispose()
  }
}
