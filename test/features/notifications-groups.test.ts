import { describe, expect, test } from 'vitest'
import { range } from '../support/big-work.ts'
import { ann, bob, openScene, type Scene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { viewer } from '../support/viewer.ts'

const alice = { id: 'alice', name: 'Alice' }
const ben = { id: 'ben', name: 'Ben' }

async function entries({ notifications }: Scene, userId = 'ann') {
  return (await notifications.list(viewer(userId), { first: 100, filter: { archived: null } })).nodes
}

describe('notifications with one key', () => {
  test('are one entry that moves up, counts once, and says what it stands for', async () => {
    const scene = await openScene()
    const { notifications, send, clock } = scene
    const first = await send('ann', { groupKey: 'likes:7', title: 'Alice likes it', actor: alice, category: 'a' })
    const began = clock.now()
    expect(await entries(scene)).toMatchObject([
      { id: first, group: { key: 'likes:7', count: 1, actors: [{ id: 'alice' }], latestAt: began } },
    ])
    const other = await send('ann')
    await notifications.mark(ann, 'SEEN', [first])
    clock.advance(1_000)
    await send('ann', { groupKey: 'likes:7', title: 'Ben likes it', actor: ben, category: 'b' })
    const [entry, ...rest] = await entries(scene)
    expect(entry).toMatchObject({
      id: first,
      title: 'Ben likes it',
      category: 'b',
      actor: { id: 'ben' },
      createdAt: began,
      seenAt: null,
      revision: 4,
      arrivedRevision: 4,
      group: { key: 'likes:7', count: 2, actors: [{ id: 'ben' }, { id: 'alice' }], latestAt: clock.now() },
    })
    expect(rest.map(({ id, group }) => [id, group])).toEqual([[other, null]])
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 2, revision: 4 })
  })

  test('name the latest different actors, at most three', async () => {
    const scene = await openScene()
    for (const id of ['a', 'b', 'c', 'd', 'b']) await scene.send('ann', { groupKey: 'k', actor: { id, name: id } })
    await scene.send('ann', { groupKey: 'k' })
    const [entry] = await entries(scene)
    expect(entry?.group).toMatchObject({ count: 6, actors: [{ id: 'b' }, { id: 'd' }, { id: 'c' }] })
    expect(entry?.actor).toBeNull()
    await scene.notifications.erase('d')
    expect((await entries(scene))[0]?.group?.actors.map(({ id }) => id)).toEqual(['b', 'c'])
  })

  test('are apart for each user and key, however they are sent', async () => {
    const scene = await openScene()
    const { send, notifications } = scene
    await Promise.all([
      ...range(8).map(() => send(['ann', 'bob'], { groupKey: 'k' })),
      ...range(4).map(() => send('ann', { groupKey: 'l' })),
      send(
        range(30)
          .map((n) => `user-${n}`)
          .concat('bob'),
        { groupKey: 'k' },
      ),
    ])
    const counts = (await entries(scene)).map(({ group }) => [group?.key, group?.count])
    expect(new Map(counts as [string, number][])).toEqual(
      new Map([
        ['k', 8],
        ['l', 4],
      ]),
    )
    expect((await entries(scene, 'bob')).map(({ group }) => group?.count)).toEqual([9])
    expect((await entries(scene, 'user-7')).map(({ group }) => group?.count)).toEqual([1])
    expect(await notifications.unreadCount(bob)).toMatchObject({ count: 1, revision: 9 })
  })

  test.each(['READ', 'ARCHIVED'] as const)('begin a new entry once it is %s', async (mark) => {
    const scene = await openScene()
    const first = await scene.send('ann', { groupKey: 'k' })
    await scene.notifications.mark(ann, mark, [first])
    const second = await scene.send('ann', { groupKey: 'k' })
    expect((await entries(scene)).map(({ id, group }) => [id, group?.count])).toEqual([
      [second, 1],
      [first, 1],
    ])
  })

  test('begin a new entry once it has expired, and it goes with its latest', async () => {
    const scene = await openScene()
    const { send, clock } = scene
    await send('ann', { groupKey: 'k' })
    await send('ann', { groupKey: 'k', expiresAt: clock.now() + 1_000 })
    expect(await entries(scene)).toHaveLength(1)
    clock.advance(1_000)
    const second = await send('ann', { groupKey: 'k' })
    expect((await entries(scene)).map(({ id, group }) => [id, group?.count])).toEqual([[second, 1]])
  })

  test('that were sent before with the same idempotency key do not join again', async () => {
    const scene = await openScene()
    const input = {
      userIds: ['ann'],
      notification: { type: 'x', title: 'Hi', groupKey: 'k' },
      idempotencyKey: 'once',
    }
    await scene.notifications.notify(input)
    expect(await scene.notifications.notify(input)).toMatchObject({ isDuplicate: true })
    expect((await entries(scene))[0]?.group?.count).toBe(1)
    const other = { ...input, notification: { ...input.notification, groupKey: 'l' } }
    await expect(scene.notifications.notify(other)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test.each([
    ['of two lines', 'a\nb'],
    ['that is too long', 'x'.repeat(129)],
    ['without a visible character', ' '],
  ])('need no key %s', async (_what, groupKey) => {
    const { send, announce } = await openScene()
    await expect(send('ann', { groupKey })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await expect(announce({ groupKey: 'k' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('groupKey'),
    })
  })
})

describe('devices', () => {
  test('get each one as an arrival with the same id, also after a break', async () => {
    const { notifications, send } = await openScene()
    const first = await send('ann', { groupKey: 'k', title: 'One' })
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const added = read(await notifications.followAdded(ann, undefined))
    const events = read(await notifications.followEvents(ann, undefined))
    const [arrival, event] = [added.next(), events.next()]
    await send('ann', { groupKey: 'k', title: 'Two' })
    const entry = { id: first, title: 'Two', arrivedRevision: 2, group: { count: 2 } }
    expect(await arrival).toMatchObject(entry)
    expect(await event).toMatchObject({
      __typename: 'NotificationAdded',
      notification: entry,
      unread: { count: 1, revision: 2 },
    })
    await send('ann', { groupKey: 'k', title: 'Three' })
    const late = read(await notifications.followEvents(ann, resumeCursor))
    expect(await late.next()).toMatchObject({ notification: { id: first, title: 'Three', group: { count: 3 } } })
  })

  test('name an entry by any of its ids', async () => {
    const scene = await openScene()
    const { notifications, send } = scene
    const first = await send('ann', { groupKey: 'k' })
    const second = await send('ann', { groupKey: 'k' })
    const found = await notifications.find(ann, [second, 'unknown', first])
    expect(found.map((one) => one?.id)).toEqual([first, undefined, first])
    expect(await notifications.find(bob, [second])).toEqual([null])
    const marked = await notifications.mark(ann, 'READ', [second, first])
    expect(marked).toMatchObject({ changed: 1, notifications: [{ id: first }], unread: { count: 0 } })
    expect(await notifications.delete(ann, [second])).toMatchObject({ deletedIds: [first] })
    expect(await entries(scene)).toEqual([])
    await expect(notifications.mark(bob, 'READ', [second])).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('retracting one of a group', () => {
  test('takes it out, and shows what is left', async () => {
    const scene = await openScene()
    const { notifications, send, revision } = scene
    const first = await send('ann', { groupKey: 'k', title: 'One', actor: alice, category: 'a' })
    const second = await send('ann', { groupKey: 'k', title: 'Two', actor: ben, category: 'b' })
    const third = await send('ann', { groupKey: 'k', title: 'Three', actor: ben, category: 'b' })
    const events = read(await notifications.followEvents(ann, undefined))
    const event = events.next()
    expect(await notifications.retract([third])).toBe(1)
    const left = { id: first, title: 'Two', arrivedRevision: 3, revision: 4, group: { count: 2 } }
    expect(await event).toMatchObject({ __typename: 'NotificationUpdated', notification: left, unread: { count: 1 } })
    expect(await entries(scene)).toMatchObject([left])
    // The entry keeps its id, whichever of them is left.
    await notifications.retract([first])
    expect(await entries(scene)).toMatchObject([
      { id: first, title: 'Two', group: { count: 1, actors: [{ id: 'ben' }] } },
    ])
    expect(await notifications.retract([first])).toBe(0)
    const removed = events.next().then(() => events.next())
    await notifications.retract([second])
    expect(await removed).toMatchObject({ __typename: 'NotificationsRemoved', ids: [first], unread: { count: 0 } })
    expect(await entries(scene)).toEqual([])
    expect(await revision('ann')).toBe(6)
    const next = await send('ann', { groupKey: 'k' })
    expect((await entries(scene)).map(({ id }) => id)).toEqual([next])
  })

  test('together with others takes each out once', async () => {
    const scene = await openScene()
    const { notifications, send } = scene
    const alone = await send(['ann', 'bob'])
    const ids = [await send(['ann', 'bob'], { groupKey: 'k' }), await send(['ann', 'bob'], { groupKey: 'k' })]
    const kept = await send('bob', { groupKey: 'k' })
    const events = read(await notifications.followEvents(bob, undefined))
    const event = events.next()
    expect(await notifications.retract([alone, ...ids])).toBe(2)
    expect(await event).toMatchObject({ notification: { id: ids[0], group: { count: 1 } } })
    expect(await events.next()).toMatchObject({ ids: [alone] })
    expect(await entries(scene)).toEqual([])
    expect((await entries(scene, 'bob')).map(({ id }) => id)).toEqual([ids[0]])
    expect(await notifications.find(bob, [kept])).toMatchObject([{ id: ids[0] }])
  })
})

test('what is snoozed is joined by none, and comes back with what is left', async () => {
  const scene = await openScene()
  const { notifications, send, clock } = scene
  const first = await send('ann', { groupKey: 'k', title: 'One' })
  const second = await send('ann', { groupKey: 'k', title: 'Two' })
  await notifications.snooze(ann, [second], clock.now() + 5_000)
  const other = await send('ann', { groupKey: 'k', title: 'Three' })
  expect(await entries(scene)).toMatchObject([{ id: other, group: { count: 1 } }])
  await notifications.update(first, { title: 'Changed' })
  expect(await notifications.retract([second])).toBe(1)
  clock.advance(5_000)
  expect(await entries(scene)).toMatchObject([
    { id: first, title: 'Changed', readAt: null, group: { count: 1 } },
    { id: other, group: { count: 1 } },
  ])
  expect(await notifications.unreadCount(ann)).toMatchObject({ count: 2 })
  await notifications.snooze(ann, [first], clock.now() + 5_000)
  await notifications.retract([first])
  clock.advance(5_000)
  expect((await entries(scene)).map(({ id }) => id)).toEqual([other])
})

test('an update of one of a group is told to whoever has it, and shown where it is the latest', async () => {
  const scene = await openScene()
  const { notifications, send, clock } = scene
  const first = await send(['ann', 'bob'], { groupKey: 'k', title: 'One' })
  await send('ann', { groupKey: 'k', title: 'Two' })
  expect(await notifications.update(first, { title: 'Changed', expiresAt: clock.now() + 5_000 })).toMatchObject({
    recipients: 2,
  })
  expect(await entries(scene)).toMatchObject([{ id: first, title: 'Two', revision: 3, expiresAt: null }])
  expect(await entries(scene, 'bob')).toMatchObject([{ id: first, title: 'Changed', expiresAt: clock.now() + 5_000 }])
  await notifications.update(first, { title: 'Changed' })
  expect(await notifications.unreadCount(ann)).toMatchObject({ revision: 3 })
})
