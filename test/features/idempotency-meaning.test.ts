import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { meaningOfContent, type NotificationInput, requireContent } from '../../src/notifications/content.ts'
import { openScene, type Scene } from '../support/notifications.ts'

const CONTENT: NotificationInput = {
  type: 'order.shipped',
  title: 'Shipped',
  data: { order: 7, items: [1, null], note: null },
  actor: { id: 'sam', name: 'Sam' },
}

const DAY_MS = 24 * 60 * 60 * 1_000

describe('a key guards what a command means', () => {
  test.each<readonly [string, Partial<NotificationInput>]>([
    ['nulls', { body: null, actionUrl: null, imageUrl: null, expiresAt: null }],
    ['the category that it has by itself', { category: 'order' }],
    ['the priority that it has by itself', { priority: 'NORMAL' }],
    ['a body of spaces', { body: ' ' }],
    ['fields of data in another order', { data: { note: null, items: [1, null], order: 7 } }],
    ['all of the actor', { actor: { name: 'Sam', avatarUrl: null, id: 'sam', role: 'CUSTOMER' } }],
  ])('so %s make no other one of it', async (_what, more) => {
    const { notifications } = await openScene()
    const command = { userIds: ['ann', 'bob'], notification: CONTENT, idempotencyKey: 'k' }
    const first = await notifications.notify(command)
    const again = { userIds: ['bob', 'ann', 'bob'], notification: { ...CONTENT, ...more }, idempotencyKey: 'k' }
    expect(await notifications.notify(again)).toEqual({ ...first, isDuplicate: true })
    const told = await notifications.announce({ notification: CONTENT, excludeUserId: null, idempotencyKey: 'k' })
    const repeated = await notifications.announce({ notification: { ...CONTENT, ...more }, idempotencyKey: 'k' })
    expect(repeated).toEqual({ ...told, isDuplicate: true })
  })

  test.each<readonly [string, Partial<NotificationInput>]>([
    ['another category', { category: 'shipping' }],
    ['another priority', { priority: 'HIGH' }],
    ['another actor', { actor: { id: 'sam', name: 'Sam', role: 'AGENT' } }],
    ['no actor', { actor: null }],
    ['a list in another order', { data: { order: 7, items: [null, 1], note: null } }],
    ['less in data, even if it is null', { data: { order: 7, items: [1, null] } }],
    ['a body', { body: 'x' }],
  ])('so %s is a conflict', async (_what, more) => {
    const { notifications } = await openScene()
    await notifications.notify({ userIds: ['ann'], notification: CONTENT, idempotencyKey: 'k' })
    const other = notifications.notify({ userIds: ['ann'], notification: { ...CONTENT, ...more }, idempotencyKey: 'k' })
    await expect(other).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('so a column that is added later changes nothing for those who do not use it', () => {
    const content = requireContent(CONTENT, DEFAULT_LIMITS, 0)
    const meaning = meaningOfContent(content)
    expect(meaningOfContent({ ...content, quiet_until: null } as never)).toEqual(meaning)
    expect(meaningOfContent({ ...content, quiet_until: 7 } as never)).not.toEqual(meaning)
    const actor = JSON.stringify({ ...JSON.parse(content.actor ?? ''), pronouns: null })
    expect(meaningOfContent({ ...content, actor })).toEqual(meaning)
  })
})

/** What another version stored of a command that it carried out. */
function remember(
  { storage, clock }: Scene,
  {
    age = 0,
    ...stored
  }: { readonly command: string; readonly key: string; readonly hash: string; readonly age?: number },
) {
  return storage.write((tx) =>
    tx
      .insertInto('idempotency')
      .values({
        ...stored,
        result: JSON.stringify({ notificationId: 'n1', recipients: 2 }),
        created_at: clock.now() - age,
      })
      .execute(),
  )
}

describe('a key that a version with other columns stored still makes a repetition a duplicate', () => {
  const FULL: NotificationInput = {
    ...CONTENT,
    body: 'Today',
    actionUrl: '/orders/7',
    imageUrl: '/shoe.png',
    priority: 'HIGH',
    expiresAt: 4e12,
  }
  const duplicate = { notificationId: 'n1', isDuplicate: true }

  // Hashes as Herald 0.1.0 wrote them: nothing may change them.
  test.each([
    ['few fields', CONTENT, '11wc2TNA2rdgDhU3LMpFPn6U8rjoLZ9LWmstaeOFqfU'],
    ['all fields', FULL, '0Zyg1xRT5LHe025AZU-vGdEk8DSO5muT7RamvL_5aOY'],
  ])('of notify with %s', async (_what, notification, hash) => {
    const scene = await openScene()
    await remember(scene, { command: 'notify', key: 'k', hash })
    const again = { userIds: ['ann', 'bob'], notification, idempotencyKey: 'k' }
    expect(await scene.notifications.notify(again)).toMatchObject(duplicate)
  })

  test.each([
    ['few fields', CONTENT, {}, '7bZbRgFnQO7h9ut3MDO9Hst4z-yG_EDYbuceggL7XFo'],
    [
      'all fields',
      FULL,
      { excludeUserId: 'ann', includeNewUsers: true },
      '3nTDV9qrWBkEo8JwDcfAWpbpAwxiO0vtzCEzvOAirDo',
    ],
  ])('of announce with %s', async (_what, notification, more, hash) => {
    const scene = await openScene()
    await remember(scene, { command: 'announce', key: 'k', hash })
    expect(await scene.notifications.announce({ notification, ...more, idempotencyKey: 'k' })).toMatchObject(duplicate)
  })
})

describe('a key that the version before stored', () => {
  /** What that version hashed, as it wrote it. */
  const WRITTEN = `{"content":{"action_url":null,"actor":"{\\"id\\":\\"sam\\",\\"role\\":\\"CUSTOMER\\",\\"name\\":\\"Sam\\",\\"avatarUrl\\":null}","actor_id":"sam","body":null,"category":"order","data":{"items":[1,null],"note":null,"order":7},"expires_at":null,"image_url":null,"priority":"NORMAL","title":"Shipped","type":"order.shipped"}`
  const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

  const command = { userIds: ['bob', 'ann'], notification: CONTENT, idempotencyKey: 'k' }

  test('still makes a repetition a duplicate', async () => {
    const scene = await openScene()
    await remember(scene, { command: 'notify', key: 'k', hash: hashOf(`${WRITTEN},"users":["bob","ann"]}`) })
    await remember(scene, { command: 'announce', key: 'k', hash: hashOf(`${WRITTEN},"excluded":null}`) })
    const duplicate = { notificationId: 'n1', isDuplicate: true }
    expect(await scene.notifications.notify(command)).toMatchObject({ ...duplicate, recipients: 2 })
    expect(await scene.notifications.announce({ notification: CONTENT, idempotencyKey: 'k' })).toMatchObject(duplicate)
    expect(await scene.ids('ann')).toEqual([])
  })

  test('is a conflict with other input, and forgotten after 24 hours', async () => {
    const scene = await openScene()
    await remember(scene, { command: 'notify', key: 'k', hash: hashOf(`${WRITTEN},"users":["bob","ann"]}`) })
    const other = scene.notifications.notify({ ...command, userIds: ['ann'] })
    await expect(other).rejects.toMatchObject({ code: 'CONFLICT' })
    await remember(scene, {
      command: 'notify',
      key: 'old',
      hash: hashOf(`${WRITTEN},"users":["bob","ann"]}`),
      age: DAY_MS,
    })
    expect(await scene.notifications.notify({ ...command, idempotencyKey: 'old' })).toMatchObject({
      isDuplicate: false,
    })
  })

  test('of a command with a source is found under its former name, for the same input only', async () => {
    const scene = await openScene()
    await remember(scene, { command: 'notify', key: 'shop 1', hash: hashOf(`${WRITTEN},"users":["bob","ann"]}`) })
    const { idempotencyKey: _, ...input } = command
    expect(await scene.notifications.notify(input, 'shop\n1')).toMatchObject({
      notificationId: 'n1',
      isDuplicate: true,
    })
    const other = { ...input, userIds: ['ann'] }
    expect(await scene.notifications.notify(other, 'shop\n1')).toMatchObject({ isDuplicate: false })
    await remember(scene, {
      command: 'notify',
      key: 'shop 2',
      hash: hashOf(`${WRITTEN},"users":["bob","ann"]}`),
      age: DAY_MS,
    })
    expect(await scene.notifications.notify(input, 'shop\n2')).toMatchObject({ isDuplicate: false })
  })
})
