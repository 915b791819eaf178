import { describe, expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { lastTerm } from '../../src/storage/stream-terms.ts'
import { fillInbox } from '../support/big-work.ts'
import { ann, bob, openScene, type Scene } from '../support/notifications.ts'

interface Acknowledged {
  readonly after?: number | null
  readonly upTo?: number
  readonly term?: string
}

/** Lets a device of a user acknowledge what has come after a revision, up to another; everything when left out. */
async function acknowledge({ notifications }: Scene, who: Viewer, { after = 0, upTo, term }: Acknowledged = {}) {
  const log = await notifications.followAdded(who, null)
  log.acknowledged({ after, revision: upTo ?? log.head, term: term ?? lastTerm(log.terms) })
}

/** Counts what is noted in the database from now on. */
function countNotes(storage: Storage): () => number {
  const { note } = storage
  let notes = 0
  const counted: Storage['note'] = (work) => {
    notes += 1
    return note(work)
  }
  Object.assign(storage, { note: counted })
  return () => notes
}

async function openStatus() {
  const scene = await openScene()
  const { notifications, clock, settled } = scene
  /** Until everything that was noted is stored. */
  const rest = async () => {
    clock.advance(1_000)
    await settled()
  }
  const deliveredAt = async (id: string, ...users: readonly Viewer[]) => {
    const userIds = users.map(({ userId }) => userId)
    return (await notifications.status(id, userIds)).map((status) => status.deliveredAt)
  }
  return { ...scene, rest, deliveredAt }
}

describe('the status of a notification', () => {
  test('says when it was stored, delivered, seen, read and removed, of each user in their order', async () => {
    const scene = await openStatus()
    const { notifications, send, rest, clock } = scene
    const stored = clock.now()
    const id = await send(['ann', 'bob'])
    const nothing = { deliveredAt: null, seenAt: null, readAt: null, handedOffAt: null, removedAt: null }
    expect(await notifications.status(id, ['bob', 'zoe', 'ann'])).toEqual([
      { userId: 'bob', storedAt: stored, ...nothing },
      { userId: 'zoe', storedAt: null, ...nothing },
      { userId: 'ann', storedAt: stored, ...nothing },
    ])
    clock.advance(10)
    await acknowledge(scene, ann)
    await rest()
    const seen = clock.now()
    await notifications.mark(ann, 'SEEN', [id])
    clock.advance(10)
    const read = clock.now()
    await notifications.mark(ann, 'READ', [id])
    clock.advance(10)
    const removed = clock.now()
    await notifications.retract([id])
    expect(await notifications.status(id, ['ann', 'bob'])).toEqual([
      {
        ...nothing,
        userId: 'ann',
        storedAt: stored,
        deliveredAt: stored + 10,
        seenAt: seen,
        readAt: read,
        removedAt: removed,
      },
      { userId: 'bob', storedAt: stored, ...nothing, removedAt: removed },
    ])
  })

  test('is delivered when the first device has acknowledged it, and at the latest when it was seen', async () => {
    const scene = await openStatus()
    const { notifications, send, rest, deliveredAt, clock } = scene
    const id = await send(['ann', 'bob'])
    const at = clock.now()
    await acknowledge(scene, ann)
    clock.advance(5)
    await acknowledge(scene, ann)
    await rest()
    await acknowledge(scene, ann)
    await rest()
    await notifications.mark(bob, 'SEEN', [id])
    expect(await deliveredAt(id, ann, bob)).toEqual([at, clock.now()])
  })

  test('is delivered only where the device got it: not what came before, what it may have missed, or is removed or over', async () => {
    const scene = await openStatus()
    const { notifications, send, rest, deliveredAt, clock } = scene
    const [first, second, third] = [await send('ann'), await send('ann'), await send('ann')]
    await acknowledge(scene, ann, { after: 1, upTo: 2 })
    await acknowledge(scene, ann, { after: null, upTo: 3 })
    await acknowledge(scene, ann, { after: 2, upTo: 3, term: 'another' })
    await rest()
    expect(await deliveredAt(first as string, ann)).toEqual([null])
    expect(await deliveredAt(second as string, ann)).toEqual([clock.now() - 1_000])
    expect(await deliveredAt(third as string, ann)).toEqual([null])

    const [removed, over] = [await send('bob'), await send('bob', { expiresAt: clock.now() + 5 })]
    await notifications.retract([removed as string])
    clock.advance(5)
    await acknowledge(scene, bob)
    await rest()
    expect(await deliveredAt(removed as string, bob)).toEqual([null])
    expect(await deliveredAt(over as string, bob)).toEqual([null])
  })

  test('moves no revision, and is written for all users together', async () => {
    const scene = await openStatus()
    const { storage, send, rest, revision, deliveredAt } = scene
    const id = await send(['ann', 'bob'])
    const before = await revision('ann')
    const writes = countNotes(storage)
    for (let times = 0; times < 5; times += 1) await acknowledge(scene, ann)
    await acknowledge(scene, bob)
    await rest()
    await rest()
    expect(writes()).toBe(1)
    expect(await deliveredAt(id, ann, bob)).not.toContain(null)
    expect(await revision('ann')).toBe(before)
  })

  test('is written some at a time where a device got many', async () => {
    const scene = await openStatus()
    const { storage, rest, deliveredAt } = scene
    await fillInbox(scene, 4_500)
    const writes = countNotes(storage)
    await acknowledge(scene, ann)
    await rest()
    await expect.poll(writes).toBe(3)
    await rest()
    for (const id of ['n-1', 'n-2000', 'n-4499']) expect(await deliveredAt(id, ann)).not.toEqual([null])
  })

  test('of an announcement begins when it reaches the inbox', async () => {
    const scene = await openStatus()
    const { notifications, announce, begin, clock } = scene
    await begin('ann', 'bob')
    const at = clock.now()
    const id = await announce()
    clock.advance(10)
    await begin('ann')
    expect((await notifications.status(id, ['ann', 'bob'])).map(({ storedAt }) => storedAt)).toEqual([at, null])
  })

  test('of one in a group is that of the entry, which is not delivered again until it has arrived again', async () => {
    const scene = await openStatus()
    const { notifications, send, rest, deliveredAt, clock } = scene
    const first = await send('ann', { groupKey: 'likes' })
    await acknowledge(scene, ann)
    await rest()
    expect(await deliveredAt(first, ann)).toEqual([clock.now() - 1_000])
    const second = await send('ann', { groupKey: 'likes' })
    expect([await deliveredAt(first, ann), await deliveredAt(second, ann)]).toEqual([[null], [null]])
    const { revision } = await notifications.unreadCount(ann)
    await acknowledge(scene, ann, { after: 1, upTo: revision })
    await rest()
    expect(await deliveredAt(second, ann)).toEqual([clock.now() - 1_000])
  })

  test('of one that was taken out of a group says when, and nothing of what happened to the rest later', async () => {
    const { notifications, send, clock } = await openStatus()
    const [first, second, kept] = [
      await send('ann', { groupKey: 'likes' }),
      await send('ann', { groupKey: 'likes' }),
      await send('ann', { groupKey: 'likes' }),
    ]
    const removed = clock.now()
    await notifications.retract([first as string, second as string])
    clock.advance(10)
    const read = clock.now()
    await notifications.mark(ann, 'READ', [kept as string])
    const nothing = { deliveredAt: null, seenAt: null, readAt: null }
    for (const id of [first, second]) {
      expect(await notifications.status(id as string, ['ann'])).toMatchObject([{ ...nothing, removedAt: removed }])
    }
    expect(await notifications.status(kept as string, ['ann'])).toMatchObject([
      { deliveredAt: read, seenAt: read, readAt: read, removedAt: null },
    ])
  })

  test('is refused for what nobody knows, for nobody, and for too many', async () => {
    const { notifications, send } = await openStatus()
    const id = await send('ann')
    await expect(notifications.status('unknown', ['ann'])).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(notifications.status(id, [])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    const many = Array.from({ length: 1_001 }, (_, n) => `user-${n}`)
    await expect(notifications.status(id, many)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  test('is gone with who was erased, also when something was acknowledged meanwhile', async () => {
    const scene = await openStatus()
    const { notifications, storage, send, rest } = scene
    const id = await send(['ann', 'bob'])
    await acknowledge(scene, ann)
    await notifications.erase('ann')
    await rest()
    expect(await notifications.status(id, ['ann'])).toMatchObject([{ storedAt: null, deliveredAt: null }])
    const rows = await storage.read((tx) => tx.selectFrom('inbox').selectAll().execute())
    expect(rows.map(({ user_id }) => user_id)).toEqual(['bob'])
  })

  test('is stored when a node closes', async () => {
    const scene = await openStatus()
    const { notifications, send, deliveredAt, clock } = scene
    const id = await send('ann')
    await acknowledge(scene, ann)
    await notifications.close()
    expect(await deliveredAt(id, ann)).toEqual([clock.now()])
  })
})
