import { describe, expect, test } from 'vitest'
import { pageCursor, resumeCursor } from '../../src/delivery/cursor.ts'
import type { AnnounceInput } from '../../src/notifications/announce.ts'
import type { NotificationInput } from '../../src/notifications/content.ts'
import type { NotifyInput } from '../../src/notifications/notify.ts'
import { ann, openScene } from '../support/notifications.ts'

function ids(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `id-${i}`)
}

/** JSON of exactly so many bytes. */
function data(bytes: number) {
  return { text: 'x'.repeat(bytes - '{"text":""}'.length) }
}

function nested(levels: number): object {
  return levels === 0 ? {} : { inner: nested(levels - 1) }
}

const KIB = 1024

const BAD_CONTENT: Readonly<Record<string, Partial<NotificationInput>>> = {
  'no type': { type: '' },
  'a type of 129 characters': { type: 'x'.repeat(129) },
  'a type of two lines': { type: 'a\nb' },
  'a type that begins with a dot': { type: '.a' },
  'a long type without a category': { type: 'x'.repeat(65) },
  'a category of 65 characters': { category: 'x'.repeat(65) },
  'a blank category': { category: ' ' },
  'no title': { title: '' },
  'a title of spaces': { title: ' \u00a0\u3000 ' },
  'a title of 513 characters': { title: 'x'.repeat(513) },
  'a title of two lines': { title: 'a\nb' },
  'a title with a control character': { title: 'a\u001bb' },
  'a title with NUL': { title: 'a\0b' },
  'a title with half a character': { title: 'a\ud83d' },
  'a body of 65 KiB': { body: 'x'.repeat(65 * KIB) },
  'a body of 64 KiB and a byte': { body: `${'ä'.repeat(32 * KIB)}x` },
  'a body with NUL': { body: 'a\0b' },
  'a body with half a character': { body: '\udc00 a' },
  'data of 17 KiB': { data: data(17 * KIB) },
  'data of 16 KiB and a byte': { data: data(16 * KIB + 1) },
  'data with NUL in a key': { data: { 'a\0': 1 } },
  'data with half a character': { data: { a: ['\ud83d'] } },
  'data that is nested too deep': { data: nested(40) as NotificationInput['data'] },
  'an actor without an id': { actor: { id: '' } },
  'an actor with a long name': { actor: { id: 'a', name: 'x'.repeat(257) } },
  'an actor with a script for a picture': { actor: { id: 'a', avatarUrl: 'javascript:alert(1)' } },
  'an action that is a script': { actionUrl: 'javascript:alert(1)' },
  'an action that is a script in disguise': { actionUrl: ' JaVaScRiPt:alert(1)' },
  'an action that is data': { actionUrl: 'data:text/html,<script>alert(1)</script>' },
  'an action on another site that looks like a path': { actionUrl: '//evil.example' },
  'an action on another site that looks even more so': { actionUrl: '/\\evil.example' },
  'an action that is no address': { actionUrl: 'billing/invoices' },
  'an action of 2,049 characters': { actionUrl: `/${'x'.repeat(2_048)}` },
  'an action with a space': { actionUrl: '/a b' },
  'a picture by mail': { imageUrl: 'mailto:a@b.c' },
  'a blank picture': { imageUrl: '' },
  'an expiry in the past': { expiresAt: 0 },
  'an expiry that is no time': { expiresAt: Number.NaN },
}

const BAD_NOTIFY: Readonly<Record<string, Partial<NotifyInput>>> = {
  'no recipients': { userIds: [] },
  '10,001 recipients': { userIds: ids(10_001) },
  'a recipient without an id': { userIds: ['ann', ''] },
  'a recipient with a long id': { userIds: ['x'.repeat(257)] },
  'a recipient with half a character': { userIds: ['\ud83d'] },
  'an empty key': { idempotencyKey: '' },
  'a key of 256 characters': { idempotencyKey: 'x'.repeat(256) },
}

const BAD_ANNOUNCE: Readonly<Record<string, Partial<AnnounceInput>>> = {
  'an excluded user without an id': { excludeUserId: '' },
  'an empty key': { idempotencyKey: '' },
}

const content = { type: 'a.b', title: 'A' }
const refused = { code: 'BAD_USER_INPUT', message: expect.stringMatching(/^\S.*\.$/) }

describe('notify and announce refuse', () => {
  test.each(Object.entries(BAD_CONTENT))('%s', async (_, bad) => {
    const { notifications, storage } = await openScene()
    const notification = { ...content, ...bad }
    await expect(notifications.notify({ userIds: ['ann'], notification })).rejects.toMatchObject(refused)
    await expect(notifications.announce({ notification })).rejects.toMatchObject(refused)
    expect(await storage.read((tx) => tx.selectFrom('notifications').select('id').execute())).toEqual([])
  })

  test.each(Object.entries(BAD_NOTIFY))('%s', async (_, bad) => {
    const { notifications } = await openScene()
    const attempt = notifications.notify({ userIds: ['ann'], notification: content, ...bad })
    await expect(attempt).rejects.toMatchObject(refused)
  })

  test.each(Object.entries(BAD_ANNOUNCE))('%s when announcing', async (_, bad) => {
    const { notifications } = await openScene()
    await expect(notifications.announce({ notification: content, ...bad })).rejects.toMatchObject(refused)
  })
})

describe('the limits themselves are allowed', () => {
  test.each<readonly [string, Partial<NotificationInput>]>([
    ['a type of 128 characters with a category of 64', { type: 'x'.repeat(128), category: 'y'.repeat(64) }],
    ['a title of 512 characters', { title: 'x'.repeat(512) }],
    ['a body of 64 KiB', { body: 'x'.repeat(64 * KIB) }],
    ['data of 16 KiB', { data: data(16 * KIB) }],
    ['a path of 2,048 characters', { actionUrl: `/${'x'.repeat(2_047)}` }],
    ['the root', { actionUrl: '/' }],
    ['an address with everything', { actionUrl: 'HTTPS://user@x.example:8443/a?b=c#d' }],
  ])('%s', async (_, allowed) => {
    const { notifications } = await openScene()
    await notifications.notify({ userIds: ['ann'], notification: { ...content, ...allowed } })
    expect((await notifications.list(ann, { first: 1 })).nodes).toMatchObject([allowed])
  })

  test('a body of spaces is none', async () => {
    const { notifications } = await openScene()
    await notifications.notify({ userIds: ['ann'], notification: { ...content, body: ' \n ' } })
    expect((await notifications.list(ann, { first: 1 })).nodes).toMatchObject([{ body: null }])
  })
})

describe('marks and lists refuse', () => {
  test('ids that are none, too many or unusable', async () => {
    const { notifications } = await openScene()
    for (const bad of [[], ids(1_001), [''], ['\ud83d'], ['a\0']]) {
      await expect(notifications.mark(ann, 'READ', bad)).rejects.toMatchObject(refused)
      await expect(notifications.retract(bad)).rejects.toMatchObject(refused)
    }
  })

  test('a bound that is no revision, and an unusable category', async () => {
    const { notifications } = await openScene()
    for (const bad of [{ upToRevision: -1 }, { upToRevision: 1.5 }, { category: '' }, { category: 'x'.repeat(65) }]) {
      await expect(notifications.markAll(ann, 'READ', bad)).rejects.toMatchObject(refused)
    }
  })

  test('a page size that is none', async () => {
    const { notifications } = await openScene()
    for (const first of [0, -1, 101, 1.5, Number.NaN]) {
      await expect(notifications.list(ann, { first })).rejects.toMatchObject(refused)
    }
  })

  test('a filter that can match nothing, or is too long', async () => {
    const { notifications } = await openScene()
    for (const filter of [{ categories: [] }, { types: [] }, { types: [''] }, { categories: ids(101) }]) {
      await expect(notifications.list(ann, { first: 1, filter })).rejects.toMatchObject(refused)
    }
  })
})

describe('a cursor', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const malformed = [
    '',
    'nonsense',
    '💥',
    encode(null),
    encode({}),
    encode(['r']),
    encode(['p', 1]),
    encode(['x', 'e', 1]),
  ]

  test('that is none is refused', async () => {
    const { notifications } = await openScene()
    for (const bad of malformed) {
      await expect(notifications.followAdded(ann, bad)).rejects.toMatchObject(refused)
      await expect(notifications.followEvents(ann, bad)).rejects.toMatchObject(refused)
      await expect(notifications.list(ann, { first: 1, after: bad })).rejects.toMatchObject(refused)
    }
  })

  test('of a page does not continue a stream, nor the other way round', async () => {
    const { notifications, send } = await openScene()
    await send('ann')
    const { pageInfo, resumeCursor: cursor } = await notifications.list(ann, { first: 1 })
    await expect(notifications.followEvents(ann, pageInfo.endCursor)).rejects.toMatchObject(refused)
    await expect(notifications.list(ann, { first: 1, after: cursor })).rejects.toMatchObject(refused)
  })

  test('of another inbox has expired, as has one from the future', async () => {
    const { notifications, send, storage } = await openScene()
    await send(['ann', 'bob'])
    const bobs = await notifications.list({ ...ann, userId: 'bob' }, { first: 1 })
    const streams = await storage.read((tx) =>
      tx.selectFrom('streams').selectAll().where('stream', '=', 'user:ann').execute(),
    )
    const epoch = streams[0]?.epoch ?? ''
    const expired = { code: 'CURSOR_EXPIRED' }
    for (const bad of [bobs.resumeCursor, resumeCursor(epoch, 2)]) {
      await expect(notifications.followAdded(ann, bad)).rejects.toMatchObject(expired)
      await expect(notifications.followEvents(ann, bad)).rejects.toMatchObject(expired)
    }
    const { endCursor } = bobs.pageInfo
    await expect(notifications.list(ann, { first: 1, after: endCursor })).rejects.toMatchObject(expired)
    expect((await notifications.list(ann, { first: 1, after: pageCursor(epoch, 2) })).nodes).toHaveLength(1)
  })

  test('from before what was deleted for good has expired, for those who follow too', async () => {
    const { notifications, send, storage } = await openScene()
    await send('ann')
    const { resumeCursor: cursor } = await notifications.list(ann, { first: 1 })
    await send('ann')
    await storage.write((tx) => tx.updateTable('streams').set({ pruned: 2 }).where('stream', '=', 'user:ann').execute())
    await expect(notifications.followEvents(ann, cursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })
})
