import { describe, expect, test } from 'vitest'
import { createEraseUser } from '../../src/graphql/erase-user.ts'
import { AppError } from '../../src/lib/errors.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { finishTasks } from '../../src/storage/tasks.ts'
import { converse, fillInbox, tracesOf } from '../support/big-work.ts'
import { ann, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk } from '../support/tickets.ts'
import { timeDuring } from '../support/timed.ts'
import { abandonTasks, endingAfterTwoWrites, finishing } from '../support/unfinished.ts'
import { createNotifications } from '../support/with-bus.ts'

describe('erasing much', () => {
  test('takes what is written while it goes on, too', { timeout: 60_000 }, async () => {
    const desk = await openDesk()
    await converse(desk, 120, 10)
    await desk.open('free', 'bob')
    const erasing = desk.tickets.erase('ann')
    // Agents may write anywhere, also where their texts were erased a moment ago.
    const asAgent = agent('ann')
    const { took, refused } = await timeDuring(erasing, () => desk.say(asAgent, 't0', 'Secret'))
    expect([refused, took.length > 2]).toEqual([[], true])
    await desk.tickets.erase('ann')
    expect(await tracesOf(desk.storage)).toBe('')
    expect(await desk.tickets.erase('ann')).toBe(0)
  })

  test('gives each message a revision of its own, so that those who were away page through them', async () => {
    const desk = await openDesk()
    await converse(desk, 1, 1_200)
    const { resumeCursor } = await desk.tickets.messages(customer('bob'), { id: 't0' }, {})
    await desk.tickets.erase('ann')
    const away = read(await desk.tickets.followMessages(customer('bob'), 'c', 't0', resumeCursor))
    const told = await away.take(1_200)
    expect(new Set(told.map(({ id }) => id)).size).toBe(1_200)
    expect(told.every(({ body, author }) => body === null && author.id === 'erased')).toBe(true)
  })

  test('of an inbox tells devices of each step, so that none shows what is gone, also when it never ends', async () => {
    const scene = await openScene()
    await fillInbox(scene, 1_200)
    const live = read(await scene.notifications.followEvents(ann, undefined))
    const added = live.next()
    await scene.send('ann')
    await added
    const received = live.take(2)
    const { resumeCursor } = await scene.notifications.list(ann, { first: 1 })
    const broken = createNotifications({
      ...scene,
      storage: endingAfterTwoWrites(scene.storage),
      limits: DEFAULT_LIMITS,
    })
    await expect(broken.erase('ann')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    const gone = new Set(
      (await received).flatMap((event) => (event.__typename === 'NotificationsRemoved' ? event.ids : [])),
    )
    const left = await scene.storage.read((tx) =>
      tx.selectFrom('inbox').select('notification_id').where('user_id', '=', 'ann').execute(),
    )
    expect(left.filter(({ notification_id }) => gone.has(notification_id))).toEqual([])
    expect(left.length + gone.size).toBe(1_201)
    await expect(scene.notifications.followEvents(ann, resumeCursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })

  test('that its process did not finish is finished by another one', { timeout: 60_000 }, async () => {
    const desk = await openDesk()
    await converse(desk, 120, 10)
    const { storage, bus, clock, log } = desk
    const notifications = createNotifications({ storage, bus, clock, log, limits: DEFAULT_LIMITS })
    await notifications.notify({ userIds: ['ann'], notification: { type: 'a.b', title: 'Hi' } })
    let isDead = false
    const dying = {
      erase: async () => {
        isDead = true
        throw new AppError('SERVICE_UNAVAILABLE', 'Away.')
      },
    }
    const others = {
      storage,
      clock,
      checkpoints: { erase: async () => {} } as never,
      eraseHandOffs: async () => {},
      preferences: { erase: async () => {} } as never,
      presence: { erase: async () => {}, endSessions: async () => {} } as never,
    }
    const eraseUser = createEraseUser({ ...others, tickets: desk.tickets, notifications: dying as never })
    await expect(eraseUser('ann')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    expect(isDead).toBe(true)
    expect(await tracesOf(storage)).not.toBe('')
    const finish = finishing({ erase: createEraseUser({ ...others, tickets: desk.tickets, notifications }) })
    expect(await finishTasks(storage, finish)).toBe(0)
    await abandonTasks(storage)
    const nodes = await Promise.all([finishTasks(storage, finish), finishTasks(storage, finish)])
    expect(nodes.sort()).toEqual([0, 1])
    expect(await tracesOf(storage)).toBe('')
  })
})
