import { describe, expect, inject, test } from 'vitest'
import type { Mark, NotificationEvent } from '../../src/notifications/notification.ts'
import { contentsOf, createInboxDevice, type InboxDevice, revisionIn } from '../support/inbox-device.ts'
import { ann, openScene, type Scene } from '../support/notifications.ts'
import { createRandom, type Random } from '../support/random.ts'
import { type Reader, read } from '../support/reader.ts'

const MARKS: readonly Mark[] = ['SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED']

/** Told to know when a device has got everything before it; never taken back. */
const BARRIER = { type: 'barrier' }

/** Does something to Ann's inbox. */
async function act({ notifications, send, announce, clock }: Scene, random: Random): Promise<void> {
  const { nodes } = await notifications.list(ann, { first: 100, filter: { archived: null } })
  const some = random.some(nodes, 0.2).map(({ id }) => id)
  const category = random.pick(['a', 'b', null])
  const expiresAt = random.chance(0.2) ? clock.now() + random.int(5_000) + 1 : null
  const [{ id: any } = { id: '' }] = random.some(nodes, 0.1).filter(({ type }) => type !== BARRIER.type)
  await random.pick<() => unknown>([
    () => send('ann', { category: category ?? 'c', expiresAt }),
    () => send('ann', { category: category ?? 'c' }),
    () => Promise.all(Array.from({ length: random.int(60) }, () => send(['ann', 'bob'], { category: 'a' }))),
    () => announce({ category: category ?? 'c', expiresAt }, { excludeUserId: random.pick(['ann', 'bob']) }),
    () => some.length > 0 && notifications.mark(ann, random.pick(MARKS), some),
    () => some.length > 0 && notifications.mark(ann, random.pick(MARKS), some),
    () => random.chance(0.3) && notifications.markAll(ann, 'READ', { category }),
    () => random.chance(0.3) && notifications.markAll(ann, random.pick(['SEEN', 'ARCHIVED']), { category }),
    async () => notifications.markAll(ann, 'READ', { category, upToRevision: random.int(200) }),
    () => any && notifications.retract([any]),
    async () => {
      clock.advance(random.int(3_000))
      await notifications.sweep()
    },
  ])()
}

/** The whole inbox, archive included. */
async function listAll({ notifications }: Scene) {
  const all = []
  let after: string | null = null
  do {
    const page = await notifications.list(ann, { first: 100, after, filter: { archived: null } })
    all.push(...page.nodes)
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after !== null)
  return all
}

/** Lets a device apply events until one brings the notification; false when it hung up before. */
async function applyUntil(device: InboxDevice, reader: Reader<NotificationEvent>, id: string, hangsUp: () => boolean) {
  do {
    const { item, cursor } = await reader.delivery()
    expect(item.cursor).toBe(cursor)
    expect(revisionIn(item.cursor)).toBeGreaterThanOrEqual(revisionIn(device.cursor))
    device.apply(item)
    if (item.__typename === 'NotificationAdded' && item.notification.id === id) return true
  } while (!hangsUp())
  return false
}

/** Brings a device to the notification, while it hangs up and resumes again and again. */
async function catchUp({ notifications }: Scene, device: InboxDevice, id: string, random: Random): Promise<void> {
  for (let hasArrived = false; !hasArrived; ) {
    const reader = read(await notifications.followEvents(ann, device.cursor))
    hasArrived = await applyUntil(device, reader, id, () => random.chance(0.1))
    await reader.stop()
  }
}

/** What depends on the database needs fewer. */
const SEEDS = inject('setup').database === 'postgres' ? 4 : 12

describe.each(Array.from({ length: SEEDS }, (_, seed) => seed))('whatever happens to an inbox (%i)', (seed) => {
  test('a device that was away ends up as one that was there', async () => {
    const scene = await openScene()
    const random = createRandom(seed)
    const { resumeCursor } = await scene.notifications.list(ann, { first: 1 })
    const live = createInboxDevice(resumeCursor)
    const reader = read(await scene.notifications.followEvents(ann, resumeCursor))
    const away: InboxDevice[] = [live.copy()]
    const settle = async (): Promise<string> => {
      const id = await scene.send('ann', BARRIER)
      await applyUntil(live, reader, id, () => false)
      return id
    }

    for (let step = 0; step < 60; step++) {
      await act(scene, random)
      if (step === 0 || random.chance(0.2)) {
        await settle()
        away.push(live.copy())
      }
      if (random.chance(0.1)) await catchUp(scene, random.pick(away), await scene.send('ann', BARRIER), random)
    }

    const acting = act(scene, random).then(() => act(scene, random))
    await catchUp(scene, random.pick(away), await scene.send('ann', BARRIER), random)
    await acting
    scene.clock.advance(10_000)
    await scene.notifications.sweep()
    const last = await settle()
    for (const device of away) await catchUp(scene, device, last, random)

    const expected = contentsOf(await listAll(scene))
    expect(live.contents()).toEqual(expected)
    for (const device of away) expect(device.contents()).toEqual(expected)
  })

  test('notificationAdded brings each notification once and in order, wherever it is resumed', async () => {
    const scene = await openScene()
    const random = createRandom(seed)
    for (let step = 0; step < 20; step++) await act(scene, random)
    let cursor = (await scene.notifications.list(ann, { first: 1 })).resumeCursor
    const { length: known } = await listAll(scene)
    for (let step = 0; step < 30; step++) {
      await scene.send('ann')
      await act(scene, random)
    }
    const last = await scene.send('ann')
    const got: string[] = []
    while (got.at(-1) !== last) {
      const reader = read(await scene.notifications.followAdded(ann, cursor))
      do {
        const { item, cursor: next } = await reader.delivery()
        got.push(item.id)
        cursor = next ?? ''
      } while (got.at(-1) !== last && random.chance(0.9))
      await reader.stop()
    }
    const all = (await listAll(scene)).map(({ id }) => id).reverse()
    expect(got).toEqual(all.slice(all.length - got.length))
    expect(all.length - got.length).toBeLessThanOrEqual(known)
  })
})
