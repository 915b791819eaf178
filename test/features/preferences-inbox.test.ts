import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS, type Limits } from '../../src/lib/limits.ts'
import type { NotificationInput } from '../../src/notifications/content.ts'
import { inboxTopic } from '../../src/notifications/inbox-events.ts'
import { createPreferences } from '../../src/preferences/preferences.ts'
import { openEmbedded } from '../support/embedded.ts'
import { ann, bob } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { createNotifications } from '../support/with-bus.ts'

async function openPreferring(more: Partial<Limits> = {}) {
  const embedded = await openEmbedded()
  const limits = { ...DEFAULT_LIMITS, ...more }
  const preferences = createPreferences({ ...embedded, limits })
  const deps = { ...embedded, limits, preferences: preferences.inbox }
  const notifications = createNotifications(deps)
  const input = (more: Partial<NotificationInput>) => ({ type: 'x', title: 'Hello', category: 'social', ...more })
  return {
    ...embedded,
    deps,
    preferences,
    notifications,
    send: async (more: Partial<NotificationInput> = {}, userIds = ['ann', 'bob']) =>
      (await notifications.notify({ userIds, notification: input(more) })).notificationId,
    announce: async (more: Partial<NotificationInput> = {}) =>
      (await notifications.announce({ notification: input(more) })).notificationId,
    mute: () => preferences.set(ann, { category: 'social', inApp: false }),
    /** What Ann is shown: unread, unseen. */
    counts: async () => {
      const { count, byCategory, unseen } = await notifications.unreadCount(ann, true)
      return { count, categories: byCategory.map(({ category }) => category), unseen: unseen?.count }
    },
    list: async (filter = {}) => (await notifications.list(ann, { first: 100, filter })).nodes,
  }
}

const NOTHING = { count: 0, categories: [], unseen: 0 }

describe('a muted category', () => {
  test('is stored and listed, and counts nowhere, for the user who mutes it', async () => {
    const { notifications, mute, send, counts, list } = await openPreferring()
    const before = await send()
    await mute()
    const [muted, other] = [await send(), await send({ category: 'billing' })]
    expect(await counts()).toEqual({ count: 2, categories: ['billing', 'social'], unseen: 2 })
    expect((await list()).map(({ id, isMuted }) => ({ id, isMuted }))).toEqual([
      { id: other, isMuted: false },
      { id: muted, isMuted: true },
      { id: before, isMuted: false },
    ])
    expect((await list({ muted: true })).map(({ id }) => id)).toEqual([muted])
    expect(await list({ read: false, muted: false })).toHaveLength(2)
    expect((await notifications.unreadCount(bob)).count).toBe(3)
    expect(await notifications.find(ann, [muted])).toMatchObject([{ isMuted: true }])
    expect(await notifications.find(bob, [muted])).toMatchObject([{ isMuted: false }])
  })

  test('is told live and after a break with isMuted, and with a count that stands still', async () => {
    const { notifications, mute, send } = await openPreferring()
    await notifications.unreadCount(ann)
    await mute()
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const live = read(await notifications.followEvents(ann, null))
    const arriving = live.next()
    const id = await send()
    const told = { notification: { id, isMuted: true }, unread: { count: 0, revision: 1 } }
    expect(await arriving).toMatchObject(told)
    const back = read(await notifications.followEvents(ann, resumeCursor))
    expect(await back.next()).toMatchObject(told)
    for (const reader of [live, back]) await reader.stop()
  })

  test('keeps what arrived before as it is, and marks of what is muted move no count', async () => {
    const { notifications, preferences, mute, send, counts, clock } = await openPreferring()
    await mute()
    const id = await send()
    await preferences.set(ann, { category: 'social' })
    expect(await counts()).toEqual(NOTHING)
    for (const mark of ['SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED'] as const) {
      expect(await notifications.mark(ann, mark, [id])).toMatchObject({ changed: 1, unread: { count: 0 } })
    }
    await notifications.snooze(ann, [id], clock.now() + 1_000)
    clock.advance(1_000)
    await notifications.sweep()
    expect(await counts()).toEqual(NOTHING)
    expect(await notifications.find(ann, [id])).toMatchObject([{ isMuted: true, snoozedUntil: null, readAt: null }])
    expect(await notifications.markAll(ann, 'READ', {})).toMatchObject({ changed: 1, unread: { count: 0 } })
    await send()
    expect(await counts()).toMatchObject({ count: 1 })
  })

  test('is one without a preference of its own while the default says so', async () => {
    const { preferences, send, counts } = await openPreferring()
    await preferences.set(ann, { inApp: false })
    await preferences.set(ann, { category: 'billing', inApp: true })
    for (const category of ['social', 'news', 'billing']) await send({ category })
    expect(await counts()).toEqual({ count: 1, categories: ['billing'], unseen: 1 })
  })

  test('mutes announcements, too, when they reach the inbox', async () => {
    const { notifications, mute, announce, counts, list } = await openPreferring()
    for (const who of [ann, bob]) await notifications.unreadCount(who)
    await mute()
    const muted = await announce()
    await announce({ category: 'news' })
    expect(await counts()).toEqual({ count: 1, categories: ['news'], unseen: 1 })
    expect((await notifications.unreadCount(bob)).count).toBe(2)
    expect((await list({ muted: true })).map(({ id }) => id)).toEqual([muted])
  })

  test('counts others up to the cap, however many are muted', async () => {
    const { notifications, mute, send } = await openPreferring({ unreadCap: 2 })
    await mute()
    for (let n = 0; n < 5; n += 1) await send()
    await send({ category: 'a' })
    expect(await notifications.unreadCount(ann, true)).toMatchObject({
      ...{ count: 1, isCapped: false, byCategory: [{ category: 'a', count: 1 }] },
      unseen: { count: 1, isCapped: false },
    })
  })

  test('of a group is what its latest notification was when it arrived', async () => {
    const { preferences, mute, send, counts, list } = await openPreferring()
    const id = await send({ groupKey: 'g' })
    expect(await counts()).toMatchObject({ count: 1, unseen: 1 })
    await mute()
    await send({ groupKey: 'g' })
    expect(await list()).toMatchObject([{ id, isMuted: true, group: { count: 2 } }])
    expect(await counts()).toEqual(NOTHING)
    await preferences.set(ann, { category: 'social' })
    await send({ groupKey: 'g' })
    expect(await list()).toMatchObject([{ id, isMuted: false, group: { count: 3 } }])
    expect(await counts()).toMatchObject({ count: 1, unseen: 1 })
  })

  test('of a group is what the latest that is left was, when others are taken back', async () => {
    const { notifications, preferences, mute, send, counts, list } = await openPreferring()
    const first = await send({ groupKey: 'g' })
    await mute()
    const second = await send({ groupKey: 'g' })
    await preferences.set(ann, { category: 'social' })
    const third = await send({ groupKey: 'g' })
    await notifications.retract([third])
    expect(await list()).toMatchObject([{ id: first, isMuted: true, group: { count: 2 } }])
    expect(await counts()).toEqual(NOTHING)
    const live = read(await notifications.followEvents(ann, null))
    const told = live.next()
    await notifications.retract([second])
    expect(await told).toMatchObject({ notification: { id: first, isMuted: false }, unread: { count: 1 } })
    await live.stop()
    expect(await counts()).toMatchObject({ count: 1, unseen: 1 })
    expect(await list({ read: false, muted: false })).toMatchObject([{ id: first, group: { count: 1 } }])
  })

  test('is false in what nodes of an earlier version tell', async () => {
    const { notifications, send, list } = await openPreferring()
    await send({}, ['ann'])
    const [{ isMuted: _, ...notification } = { isMuted: true }] = await list()
    const { schema } = inboxTopic('ann')
    const unread = await notifications.unreadCount(ann)
    for (const kind of ['added', 'updated'] as const) {
      const event = { epoch: 'e', previous: 0, revision: 1, facts: [{ kind, revision: 1, notification }], unread }
      expect(schema.parse(event).facts).toMatchObject([{ kind, notification: { ...notification, isMuted: false } }])
    }
  })

  test('is the same for all of a command, and known to another node at once', async () => {
    const { deps, preferences, notifications } = await openPreferring()
    const other = createNotifications(deps)
    const users = Array.from({ length: 2_500 }, (_, n) => `user-${n}`)
    for (const userId of ['user-3', 'user-2400']) {
      await preferences.set({ ...ann, userId }, { category: 'social', inApp: false })
    }
    const notification = { type: 'x', title: 'Hello', category: 'social' }
    const { notificationId } = await other.notify({ userIds: users, notification })
    const muted = await deps.storage.read((tx) =>
      tx.selectFrom('inbox').select('user_id').where('muted', '=', 1).orderBy('user_id').execute(),
    )
    expect(muted.map(({ user_id }) => user_id)).toEqual(['user-2400', 'user-3'])
    expect(await notifications.find({ ...ann, userId: 'user-3' }, [notificationId])).toMatchObject([{ isMuted: true }])
  })

  test('costs no statement while nobody has said anything', async () => {
    const { deps, preferences } = await openPreferring()
    let asked = 0
    const inbox = {
      ...preferences.inbox,
      read: (...args: Parameters<typeof preferences.inbox.read>) => {
        asked += 1
        return preferences.inbox.read(...args)
      },
    }
    const notifications = createNotifications({ ...deps, preferences: inbox })
    const notification = { type: 'x', title: 'Hello', category: 'social' }
    await notifications.notify({ userIds: ['ann'], notification })
    await notifications.announce({ notification })
    await notifications.unreadCount(ann)
    await preferences.set(ann, { category: 'social', handOff: false })
    await preferences.set(ann, { category: 'social' })
    await notifications.notify({ userIds: ['ann'], notification })
    expect(asked).toBe(0)
    await preferences.set(bob, { category: 'other', inApp: false })
    await notifications.notify({ userIds: ['ann'], notification })
    expect(asked).toBe(1)
  })
})

describe('what a user does not want to be handed off', () => {
  test('is left out, except what is urgent, from what arrives next', async () => {
    const { deps, preferences } = await openPreferring()
    const scheduled: string[] = []
    const rule = { afterMs: 60_000, unless: ['SEEN'] as const }
    const handOff = {
      ruleFor: () => rule,
      schedule: async (_tx: unknown, items: readonly { readonly userId: string; readonly item: string }[]) => {
        scheduled.push(...items.map(({ userId, item }) => `${userId} ${item}`))
      },
      lookAgain: async () => {},
    }
    const notifications = createNotifications({ ...deps, handOff })
    const send = async (more: Partial<NotificationInput> = {}): Promise<string> => {
      const notification = { type: 'x', title: 'Hello', category: 'social', ...more }
      return (await notifications.notify({ userIds: ['ann', 'bob'], notification })).notificationId
    }
    const before = await send()
    await preferences.set(ann, { category: 'social', handOff: false })
    const [quiet, urgent, other] = [
      await send(),
      await send({ priority: 'URGENT' }),
      await send({ category: 'billing' }),
    ]
    await preferences.set(ann, { handOff: false })
    const news = await send({ category: 'news', groupKey: 'g' })
    const all = [before, quiet, urgent, other, news]
    expect(scheduled.filter((one) => one.startsWith('bob'))).toEqual(all.map((id) => `bob ${id}`))
    expect(scheduled.filter((one) => one.startsWith('ann'))).toEqual([before, urgent, other].map((id) => `ann ${id}`))
    expect((await notifications.unreadCount(ann)).count).toBe(5)
  })
})
