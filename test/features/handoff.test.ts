import { describe, expect, test } from 'vitest'
import { lastTerm } from '../../src/storage/stream-terms.ts'
import { openHandoffScene } from '../support/handoff.ts'
import { viewer } from '../support/viewer.ts'

const ann = viewer('ann')

describe('what nobody saw', () => {
  test('is told to the backend once, with all that is still unseen', async () => {
    const scene = await openHandoffScene()
    await scene.send('ann', { title: 'One' })
    await scene.pass(100)
    const read = await scene.send('ann', { title: 'Two' })
    await scene.send('ann', { title: 'Three' })
    await scene.notifications.mark(ann, 'READ', [read])
    expect(await scene.events()).toEqual([])
    await scene.pass(200)
    expect(await scene.events()).toMatchObject([{ userId: 'ann', titles: ['Three', 'One'], total: 2 }])
    await scene.pass(900)
    expect(await scene.events()).toHaveLength(1)
    await scene.send('ann', { title: 'Four' })
    await scene.pass(301)
    expect(await scene.events()).toMatchObject([{}, { titles: ['Four'], total: 1 }])
  })

  test('is not told when any device has seen, read or archived it, or it is gone', async () => {
    const scene = await openHandoffScene()
    const { notifications } = scene
    const ids: string[] = []
    for (const title of ['seen', 'read', 'archived', 'taken back', 'expired']) {
      const expiresAt = title === 'expired' ? scene.clock.now() + 301_000 : null
      ids.push(await scene.send(title, { title, expiresAt }))
    }
    await notifications.mark(viewer('seen'), 'SEEN', [ids[0]!])
    await notifications.mark(viewer('read'), 'READ', [ids[1]!])
    await notifications.mark(viewer('archived'), 'ARCHIVED', [ids[2]!])
    await notifications.retract([ids[3]!])
    await scene.send('other', { title: 'Other' })
    // The one that expires is due a second before, and nobody looks until it is over.
    scene.clock.advance(302_000)
    expect(await scene.events()).toMatchObject([{ userId: 'other' }])
    expect(await scene.storage.read((tx) => tx.selectFrom('hand_offs').selectAll().execute())).toEqual([])
  })

  test('is not told of a category that its user does not want to be handed off, unless it is urgent', async () => {
    const scene = await openHandoffScene({ categories: 'social=5m:SEEN' })
    const { preferences, send } = scene
    await send(['ann', 'bob'], { title: 'Before', category: 'social', handOff: undefined })
    await preferences.set(ann, { category: 'social', handOff: false })
    await preferences.set(viewer('bob'), { category: 'social', inApp: false })
    for (const [title, more] of [
      ['Liked', { handOff: undefined }],
      ['Asked', {}],
      ['Urgent', { priority: 'URGENT' }],
      ['Other', { category: 'billing' }],
    ] as const) {
      await send(['ann', 'bob'], { title, category: 'social', ...more })
    }
    await scene.pass(301)
    const told = (await scene.events()).map(({ userId, titles }) => [userId, titles])
    expect(Object.fromEntries(told)).toEqual({
      ann: ['Other', 'Urgent', 'Before'],
      // What is muted is handed off nevertheless.
      bob: ['Other', 'Urgent', 'Asked', 'Liked', 'Before'],
    })
    expect(JSON.stringify(scene.webhook.taken).match(/"isMuted":true/g)).toHaveLength(3)
  })

  test('with READ is told although it was seen, and is not after it was read', async () => {
    const scene = await openHandoffScene()
    const handOff = { afterSeconds: 60, unless: ['READ'] as const }
    await scene.notifications.mark(ann, 'SEEN', [await scene.send('ann', { title: 'Seen', handOff })])
    await scene.notifications.mark(ann, 'READ', [await scene.send('ann', { title: 'Read', handOff })])
    await scene.pass(61)
    expect(await scene.events()).toMatchObject([{ titles: ['Seen'] }])
  })

  test('with DELIVERED is not told when a device has acknowledged it, or it was seen', async () => {
    const scene = await openHandoffScene()
    const { notifications } = scene
    const handOff = { afterSeconds: 60, unless: ['DELIVERED'] as const }
    const id = await scene.send(['ann', 'bob', 'carol'], { handOff })
    const log = await notifications.followAdded(ann, null)
    log.acknowledged({ after: 0, revision: log.head, term: lastTerm(log.terms) })
    await notifications.mark(viewer('bob'), 'SEEN', [id])
    await notifications.followAdded(viewer('carol'), null)
    await scene.pass(61)
    expect(await scene.events()).toMatchObject([{ userId: 'carol' }])
  })

  test('with ONLINE is not told to who is online, and waits while that is not known', async () => {
    const scene = await openHandoffScene()
    const handOff = { afterSeconds: 60, unless: ['ONLINE'] as const }
    scene.online.users = new Error('Redis is away')
    await scene.send(['ann', 'bob'], { handOff })
    await scene.send('carol', { handOff: { afterSeconds: 60, unless: ['SEEN'] } })
    await scene.pass(70)
    expect(await scene.events()).toMatchObject([{ userId: 'carol' }])
    scene.online.users = new Set(['ann'])
    await scene.pass(30)
    expect(await scene.events()).toMatchObject([{ userId: 'carol' }, { userId: 'bob' }])
    scene.online.users = new Set()
    await scene.pass(60)
    expect(await scene.events()).toHaveLength(2)
  })

  test('goes with what is due only within the time that this has waited', async () => {
    const scene = await openHandoffScene()
    await scene.send('ann', { title: 'Tomorrow', handOff: { afterSeconds: 86_400, unless: ['SEEN'] } })
    await scene.send('ann', { title: 'At once', handOff: { afterSeconds: 0, unless: ['READ'] } })
    await scene.send('ann', { title: 'Soon' })
    expect(await scene.events()).toMatchObject([{ titles: ['At once'] }])
    await scene.pass(301)
    expect(await scene.events()).toMatchObject([{}, { titles: ['Soon'] }])
    scene.clock.advance(86_400_000)
    expect(await scene.events()).toMatchObject([{}, {}, { titles: ['Tomorrow'] }])
  })

  test('does not go early because of something that was seen', async () => {
    const scene = await openHandoffScene()
    const seen = await scene.send('ann', { title: 'Seen' })
    await scene.pass(200)
    await scene.send('ann', { title: 'Later' })
    await scene.notifications.mark(ann, 'SEEN', [seen])
    await scene.pass(150)
    expect(await scene.events()).toEqual([])
    await scene.pass(151)
    expect(await scene.events()).toMatchObject([{ titles: ['Later'] }])
  })

  test('has at most 20 notifications and MAX_EVENT_BYTES, the newest, and says how many there are', async () => {
    const scene = await openHandoffScene({ limits: { eventBytes: 4_000 } })
    for (let n = 0; n < 25; n += 1) await scene.send('ann', { title: `No ${n}` })
    for (let n = 0; n < 3; n += 1) await scene.send('bob', { title: `No ${n}`, body: 'x'.repeat(5_000) })
    await scene.pass(301)
    const events = await scene.events()
    expect(events.map(({ userId, total }) => [userId, total]).sort()).toEqual([
      ['ann', 25],
      ['bob', 3],
    ])
    const [ofAnn, ofBob] = [
      events.find(({ userId }) => userId === 'ann'),
      events.find(({ userId }) => userId === 'bob'),
    ]
    expect(ofAnn?.titles.length).toBeGreaterThan(3)
    expect(ofAnn?.titles.length).toBeLessThan(20)
    expect(ofAnn?.titles[0]).toBe('No 24')
    expect(ofBob?.titles).toEqual(['No 2'])
  })
})

describe('the event', () => {
  test('has the envelope of commands, and notifications in the shape of the schema', async () => {
    const scene = await openHandoffScene()
    const id = await scene.send('ann', {
      title: 'Paid',
      type: 'billing.paid',
      data: { n: 1 },
      actor: { id: 'bob', role: 'AGENT', name: 'Bob' },
      actionUrl: '/invoices/1',
      expiresAt: scene.clock.now() + 86_400_000,
    })
    await scene.pass(301)
    await scene.events()
    const { event, headers } = scene.webhook.taken.find((one) => one.event.data.userId === 'ann')!
    expect(event).toEqual({
      specversion: '1.0',
      id: headers['webhook-id'],
      source: 'herald',
      type: 'inbox.unseen',
      time: expect.stringMatching(/^2026-01-01T00:05:\d\d/),
      data: {
        userId: 'ann',
        total: 1,
        notifications: [
          {
            id,
            type: 'billing.paid',
            category: 'billing',
            title: 'Paid',
            body: null,
            data: { n: 1 },
            actor: { userId: 'bob', role: 'AGENT', name: 'Bob', avatarUrl: null },
            actionUrl: '/invoices/1',
            imageUrl: null,
            priority: 'NORMAL',
            createdAt: '2026-01-01T00:00:00.000Z',
            seenAt: null,
            readAt: null,
            archivedAt: null,
            expiresAt: '2026-01-02T00:00:00.000Z',
            isMuted: false,
          },
        ],
      },
    })
  })
})

describe('a rule', () => {
  test('of a category counts for what brings none, and null is never', async () => {
    const scene = await openHandoffScene({ categories: 'billing=1m:SEEN,chat=0:READ' })
    const { notifications, clock } = scene
    const notify = (more: object) =>
      notifications.notify({ userIds: ['ann'], notification: { type: 'billing.paid', title: 'Paid', ...more } })
    await notify({ handOff: null, title: 'Never' })
    await notify({ expiresAt: clock.now() + 30_000, title: 'Gone before' })
    await notify({ type: 'other.thing', title: 'Other' })
    await notify({ title: 'By its category' })
    await scene.pass(62)
    expect(await scene.events()).toMatchObject([{ titles: ['By its category'], total: 1 }])
  })

  test('that can never happen is refused', async () => {
    const scene = await openHandoffScene()
    const refused = (more: object) =>
      expect(scene.send('ann', more)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.any(String) })
    await refused({ handOff: { afterSeconds: 60, unless: [] } })
    await refused({ handOff: { afterSeconds: -1, unless: ['SEEN'] } })
    await refused({ handOff: { afterSeconds: 2_592_001, unless: ['SEEN'] } })
    await refused({ handOff: { afterSeconds: 60, unless: ['SEEN'] }, expiresAt: scene.clock.now() + 60_000 })
  })

  test('is refused without a way to the backend, and for announcements', async () => {
    const scene = await openHandoffScene({ exits: () => [] })
    expect(scene.handoff.inbox).toBeUndefined()
    await expect(scene.send('ann')).rejects.toThrow('Set HANDOFF_URL or REDIS_URL')
    const announcement = { type: 'a.b', title: 'Hi', handOff: { afterSeconds: 1, unless: ['SEEN'] as const } }
    await expect(scene.notifications.announce({ notification: announcement })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
    await scene.notifications.announce({ notification: { ...announcement, handOff: null } })
  })

  test('belongs to what an idempotency key compares', async () => {
    const scene = await openHandoffScene()
    const notify = (handOff: object | null | undefined) =>
      scene.notifications.notify({
        userIds: ['ann'],
        notification: { type: 'a.b', title: 'Hi', ...(handOff !== undefined && { handOff: handOff as never }) },
        idempotencyKey: 'k',
      })
    await notify({ unless: ['SEEN', 'ONLINE'] })
    expect(await notify({ afterSeconds: 300, unless: ['ONLINE', 'SEEN'] })).toMatchObject({ isDuplicate: true })
    await expect(notify(null)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(notify(undefined)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(notify({ afterSeconds: 1, unless: ['ONLINE', 'SEEN'] })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await scene.storage.read((tx) => tx.selectFrom('hand_offs').select('item').execute())).toHaveLength(1)
  })
})
