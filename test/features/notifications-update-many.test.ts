import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import type { NotificationEvent } from '../../src/notifications/notification.ts'
import { finishTasks } from '../../src/storage/tasks.ts'
import { range } from '../support/big-work.ts'
import { createInboxReplica, toShown } from '../support/inbox-replica.ts'
import { openScene, type Scene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { abandonTasks, endingAfterTwoWrites, finishing } from '../support/unfinished.ts'
import { viewer } from '../support/viewer.ts'
import { createNotifications } from '../support/with-bus.ts'

/** Follows an inbox by events alone. */
async function openReplica({ notifications }: Scene, userId: string) {
  const replica = createInboxReplica()
  const reader = read(await notifications.followEvents(viewer(userId), undefined))
  const apply = (event: NotificationEvent): string => {
    replica.apply(event)
    return event.__typename === 'NotificationAdded' ? event.notification.id : ''
  }
  return {
    shown: replica.shown,
    catchUp: async (barrier: string) => {
      while (apply(await reader.next()) !== barrier);
    },
  }
}

test('updates, marks, retractions and an erasure at the same moment leave devices with what is stored', async () => {
  const scene = await openScene()
  const { notifications, send } = scene
  const users = range(12).map((n) => `user-${n}`)
  const replicas = await Promise.all(users.map((userId) => openReplica(scene, userId)))
  const ids = [await send(users), await send(users), await send(users)]
  await Promise.all([
    ...range(10).flatMap((n) => ids.slice(0, 2).map((id) => notifications.update(id, { title: `${n}` }))),
    ...users.map((userId) => notifications.mark(viewer(userId), 'READ', ids)),
    ...range(5).map(() => send(users)),
    notifications.retract(ids.slice(2)),
  ])
  const barrier = await send(users)
  for (const [index, userId] of users.entries()) {
    await replicas[index]?.catchUp(barrier)
    const { nodes } = await notifications.list(viewer(userId), { first: 100 })
    expect(replicas[index]?.shown()).toEqual(toShown(nodes))
  }
  await Promise.all([notifications.erase('user-0'), notifications.update(ids[0] ?? '', { title: 'Last' })])
  for (const userId of users.slice(1)) {
    const { nodes } = await notifications.list(viewer(userId), { first: 100 })
    expect(nodes.find(({ id }) => id === ids[0])).toMatchObject({ title: 'Last' })
  }
})

describe('an update for many', () => {
  const users = range(600).map((n) => `user-${n}`)

  test('that its process did not finish is finished by another one, which tells nobody twice', async () => {
    const scene = await openScene()
    const { storage, notifications, send, revision } = scene
    const id = await send(users)
    const broken = createNotifications({ ...scene, storage: endingAfterTwoWrites(storage), limits: DEFAULT_LIMITS })
    await expect(broken.update(id, { title: 'New' })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await abandonTasks(storage)
    const finish = finishing({ update: notifications.finishUpdating })
    expect(await finishTasks(storage, finish)).toBe(1)
    for (const userId of ['user-0', 'user-300', 'user-599']) {
      const { nodes } = await notifications.list(viewer(userId), { first: 20 })
      expect(nodes).toMatchObject([{ title: 'New', revision: 2 }])
      expect(await revision(userId)).toBe(2)
    }
    expect(await finishTasks(storage, finish)).toBe(0)
  })

  test('goes on beside another one, and each inbox is told of the last', async () => {
    const scene = await openScene()
    const { notifications, send } = scene
    const id = await send(users)
    const done = await Promise.all(['One', 'Two', 'Three'].map((title) => notifications.update(id, { title })))
    expect(done.map(({ recipients }) => recipients)).toEqual([600, 600, 600])
    const rows = await scene.storage.read(async (tx) => ({
      content: await tx.selectFrom('notifications').selectAll().executeTakeFirstOrThrow(),
      told: await tx.selectFrom('inbox').select('edited_at').distinct().execute(),
      tasks: await tx.selectFrom('tasks').selectAll().execute(),
    }))
    expect(rows.told).toEqual([{ edited_at: rows.content.edited_at }])
    expect(rows.tasks).toEqual([])
  })
})
