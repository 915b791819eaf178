import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { type Embedded, openEmbedded } from '../support/embedded.ts'
import { emptyDatabase, tryHistories } from '../support/histories.ts'
import { createLoad, createReasons, openArrivals, openWhole } from '../support/inbox-watched.ts'
import { ann, bob } from '../support/notifications.ts'
import { createNotifications } from '../support/with-bus.ts'

const RUNS = inject('setup').database === 'postgres' ? 40 : 150

const key = fc.constantFrom('g', 'h')
/** What happens at one moment. */
const act = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('send'), key, times: fc.integer({ min: 1, max: 4 }), toBoth: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('read newest', 'archive newest', 'read all') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('connect'), device: fc.nat(2), back: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut'), device: fc.nat(2) }) },
)
const moments = fc.array(fc.array(act, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 8 })

type Moments = typeof moments extends fc.Arbitrary<infer Value> ? Value : never

async function play(embedded: Embedded, history: Moments): Promise<void> {
  const nodes = [0, 1].map(() => createNotifications({ ...embedded, limits: DEFAULT_LIMITS }))
  const nodeOf = (n: number) => nodes[n % nodes.length] ?? createNotifications({ ...embedded, limits: DEFAULT_LIMITS })
  const load = createLoad()
  const list = () => load(nodeOf(0))
  const anyCount = { storage: embedded.storage, check: () => {} }
  const checks = { counts: anyCount, reasons: createReasons() }
  const watched = [
    await openWhole(() => nodeOf(0), list, checks),
    await openWhole(() => nodeOf(1), list, checks),
    await openArrivals(() => nodeOf(1), list),
  ]
  const sent = new Map<string, number>()
  const send = async (n: number, groupKey: string | null, toBoth: boolean): Promise<string> => {
    const userIds = toBoth ? ['bob', 'ann'] : ['ann']
    for (const userId of userIds) {
      const name = `${userId} ${groupKey}`
      sent.set(name, (sent.get(name) ?? 0) + 1)
    }
    return (await nodeOf(n).notify({ userIds, notification: { type: 'x', title: `${n}`, groupKey } })).notificationId
  }
  let connecting: Promise<unknown> = Promise.resolve()
  const doOne = async (one: Moments[number][number], n: number): Promise<unknown> => {
    if ('key' in one) return Promise.all(Array.from({ length: one.times }, (_, m) => send(n + m, one.key, one.toBoth)))
    if ('device' in one) {
      // One device does one thing after the other.
      connecting = connecting.then((): Promise<unknown> | undefined => {
        const device = watched[one.device]?.device
        return 'back' in one ? device?.connect(one.back, null) : device?.cut()
      })
      return connecting
    }
    if (one.do === 'read all') return nodeOf(n).markAll(ann, 'READ', {})
    const [newest] = (await nodeOf(n).list(ann, { first: 1 })).nodes
    return newest && nodeOf(n).mark(ann, one.do === 'read newest' ? 'READ' : 'ARCHIVED', [newest.id])
  }
  try {
    for (const moment of history) {
      embedded.clock.advance(1)
      await Promise.all(moment.map(doOne))
    }
    for (const { device } of watched) await device.connect(0, null)
    const barrier = await send(0, null, true)
    const { notifications } = await list()
    for (const { device, has, compare } of watched) {
      await device.waitFor(() => has(barrier))
      compare(notifications)
    }
    for (const viewer of [ann, bob]) {
      const { nodes: all } = await nodeOf(0).list(viewer, { first: 100, filter: { archived: null } })
      const counts = new Map<string, number>()
      for (const { group } of all) {
        const name = `${viewer.userId} ${group?.key ?? null}`
        counts.set(name, (counts.get(name) ?? 0) + (group?.count ?? 1))
      }
      const expected = [...sent].filter(([name]) => name.startsWith(viewer.userId))
      expect(counts).toEqual(new Map(expected))
      const { count } = await nodeOf(0).unreadCount(viewer)
      expect(count).toBe(all.filter(({ readAt, archivedAt }) => readAt === null && archivedAt === null).length)
      const open = all.filter(({ group, readAt, archivedAt }) => group && readAt === null && archivedAt === null)
      expect(new Set(open.map(({ group }) => group?.key)).size, 'one entry of each key is unread').toBe(open.length)
    }
  } finally {
    for (const { device } of watched) await device.cut()
    await embedded.settled()
    await emptyDatabase(embedded.storage)
  }
}

test('whatever is sent, read and cut at one moment, groups count what was sent, and devices show what is stored', {
  timeout: 30 * 60_000,
}, async () => {
  const embedded = await openEmbedded()
  await tryHistories(
    fc.asyncProperty(moments, (history) => play(embedded, history)),
    RUNS,
  )
})
