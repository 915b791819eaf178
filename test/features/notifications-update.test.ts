import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { lastTerm } from '../../src/storage/stream-terms.ts'
import { ann, bob, openScene, type Scene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { viewer } from '../support/viewer.ts'

const WHOLE = {
  body: 'Body',
  data: { a: 1 },
  actor: { id: 'bob', name: 'Bob' },
  actionUrl: '/a',
  imageUrl: '/a.png',
  priority: 'HIGH' as const,
}

async function only({ notifications }: Scene, userId = 'ann') {
  const { nodes } = await notifications.list(viewer(userId), { first: 20, filter: { archived: null } })
  expect(nodes).toHaveLength(1)
  const [node] = nodes
  if (!node) throw new Error('There is none')
  return node
}

describe('updating a notification', () => {
  test('changes what is named, and leaves the rest, the marks and the place', async () => {
    const scene = await openScene()
    const { notifications, send, clock, revision } = scene
    const id = await send(['ann', 'bob'], WHOLE)
    await notifications.mark(ann, 'READ', [id])
    const before = await only(scene)
    expect(before.editedAt).toBeNull()
    clock.advance(1_000)
    const result = await notifications.update(id, { title: 'Half done', data: { done: 50 } })
    expect(result).toEqual({ notificationId: id, recipients: 2 })
    expect(await only(scene)).toEqual({
      ...before,
      title: 'Half done',
      data: { done: 50 },
      editedAt: clock.now(),
      revision: 3,
    })
    expect(await only(scene, 'bob')).toMatchObject({
      title: 'Half done',
      readAt: null,
      revision: 2,
      arrivedRevision: 1,
    })
    expect(await notifications.unreadCount(bob)).toMatchObject({ count: 1, revision: 2 })
    expect(await revision('ann')).toBe(3)
  })

  test('clears by null what may be null', async () => {
    const scene = await openScene()
    const id = await scene.send('ann', WHOLE)
    const nothing = { body: null, data: null, actor: null, actionUrl: null, imageUrl: null, expiresAt: null }
    await scene.notifications.update(id, nothing)
    expect(await only(scene)).toMatchObject({ ...nothing, title: 'Hello', priority: 'HIGH' })
  })

  test.each([
    ['nothing', {}, /must change something/],
    ['no title', { title: null }, /title must not be null/],
    ['no priority', { priority: null }, /priority must not be null/],
    ['a title of two lines', { title: 'a\nb' }, /title/],
    ['a large body', { body: 'x'.repeat(DEFAULT_LIMITS.messageBytes + 1) }, /body is too/],
    ['a wrong address', { actionUrl: 'javascript:1' }, /actionUrl/],
    ['an actor without id', { actor: { id: '' } }, /actor/],
    ['a time that has passed', { expiresAt: 1 }, /expiresAt must be in the future/],
  ])('refuses %s', async (_what, input, message) => {
    const scene = await openScene()
    const id = await scene.send('ann')
    const refused = scene.notifications.update(id, input)
    await expect(refused).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringMatching(message) })
    expect(await scene.revision('ann')).toBe(1)
  })

  test('does not find what is unknown, was retracted, or has expired', async () => {
    const { notifications, send, announce, clock } = await openScene()
    const retracted = await send('ann')
    const announced = await announce()
    await notifications.retract([retracted, announced])
    const expired = await send('ann', { expiresAt: clock.now() + 1_000 })
    clock.advance(1_000)
    for (const id of ['unknown', retracted, announced, expired]) {
      const refused = notifications.update(id, { expiresAt: null })
      await expect(refused, id).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await notifications.list(ann, { first: 20 })).toMatchObject({ nodes: [] })
  })

  test('tells devices, and those that follow arrivals nothing', async () => {
    const { notifications, send } = await openScene()
    const id = await send('ann')
    const events = read(await notifications.followEvents(ann, undefined))
    const added = read(await notifications.followAdded(ann, undefined))
    const [event, arrival] = [events.next(), added.next()]
    await notifications.update(id, { title: 'New' })
    expect(await event).toMatchObject({
      __typename: 'NotificationUpdated',
      notification: { id, title: 'New', revision: 2, arrivedRevision: 1 },
      unread: { count: 1, revision: 2 },
    })
    const later = await send('ann')
    expect(await arrival).toMatchObject({ id: later })
  })

  test('again with what is there already tells nobody', async () => {
    const { notifications, send, revision } = await openScene()
    const id = await send('ann')
    await notifications.update(id, { title: 'New' })
    expect(await notifications.update(id, { title: 'New' })).toMatchObject({ recipients: 1 })
    expect(await revision('ann')).toBe(2)
  })

  test('reaches a device that was away as the newest state, whether it arrived before or since', async () => {
    const { notifications, send } = await openScene()
    const known = await send('ann')
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const since = await send('ann')
    for (const title of ['One', 'Two']) {
      for (const id of [known, since]) await notifications.update(id, { title })
    }
    const events = read(await notifications.followEvents(ann, resumeCursor))
    expect(await events.next()).toMatchObject({
      __typename: 'NotificationAdded',
      notification: { id: since, title: 'Two' },
    })
    expect(await events.next()).toMatchObject({
      __typename: 'NotificationUpdated',
      notification: { id: known, title: 'Two' },
    })
    const added = read(await notifications.followAdded(ann, resumeCursor))
    expect(await added.next()).toMatchObject({ id: since, title: 'Two' })
  })

  test('reaches a device that was away in pages, however large the texts are', async () => {
    const { notifications, send } = await openScene()
    const ids = []
    for (let n = 0; n < 5; n++) ids.push(await send('ann'))
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    for (const id of ids) await notifications.update(id, { body: 'x'.repeat(40_000) })
    const log = await notifications.followEvents(ann, resumeCursor)
    const page = await log.read(5, lastTerm(log.terms))
    expect(page).toMatchObject({ revision: 7, hasMore: true })
    expect(page.entries.map(({ revision }) => revision)).toEqual([6, 7])
    const events = read(log)
    for (const id of ids) expect(await events.next()).toMatchObject({ notification: { id, title: 'Hello' } })
  })

  test('of an announcement reaches whoever has it, and whoever gets it later', async () => {
    const scene = await openScene()
    const { notifications, begin, announce, revision } = scene
    await begin('ann', 'bob')
    const id = await announce()
    expect(await revision('ann')).toBe(1)
    expect(await notifications.update(id, { title: 'New' })).toEqual({ notificationId: id, recipients: null })
    expect(await only(scene, 'ann')).toMatchObject({ title: 'New', revision: 2 })
    expect(await only(scene, 'bob')).toMatchObject({ title: 'New', revision: 1 })
    // Bob got the new content, so there is nothing to tell him.
    await notifications.update(id, { title: 'New' })
    expect(await revision('bob')).toBe(1)
    await notifications.update(id, { title: 'Newer' })
    expect(await revision('bob')).toBe(2)
  })
})

describe('an update of the time at which it disappears', () => {
  test('brings it forward', async () => {
    const { notifications, send, clock, ids } = await openScene()
    const id = await send('ann', { expiresAt: clock.now() + 100_000 })
    await notifications.update(id, { expiresAt: clock.now() + 1_000 })
    clock.advance(1_000)
    expect(await ids('ann')).toEqual([])
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 0, revision: 3 })
  })

  test.each([['later', 100_000] as const, ['never', null] as const])('lets it disappear %s', async (_when, lasts) => {
    const { notifications, send, clock, ids } = await openScene()
    const id = await send('ann', { expiresAt: clock.now() + 1_000 })
    await notifications.update(id, { expiresAt: lasts === null ? null : clock.now() + lasts })
    clock.advance(2_000)
    expect(await notifications.sweep()).toBe(0)
    expect(await ids('ann')).toEqual([id])
  })
})
