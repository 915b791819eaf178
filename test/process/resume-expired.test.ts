import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import {
  acknowledge,
  begin,
  drop,
  expectNext,
  expectNothing,
  follow,
  openScene,
  settle,
  TTL_MS,
} from '../support/resume.ts'

const EVENTS = `subscription { notificationEvents {
  __typename
  ... on NotificationAdded { notification { title } }
  ... on NotificationsReset { unread { count revision } cursor }
} }`
const MESSAGES = 'subscription { ticketMessage(ticketId: "42") { body deletedAt } }'

type Scene = Awaited<ReturnType<typeof openScene>>

/** Opens ticket 42, of alice. */
const openTicket = (scene: Scene): Promise<unknown> =>
  scene.backend('mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }] }) { id } }')

const say = (scene: Scene, body: string): Promise<unknown> =>
  scene.backend(
    `mutation { sendTicketMessage(input: { ticketId: "42", body: "${body}", clientMessageId: "${body}" }) { message { id } } }`,
  )

/** A subscription that was cut, and whose time is over. */
const leaveForLong = async (scene: Scene, id: string, query?: string): Promise<void> => {
  const socket = await begin(scene, id, query === undefined ? {} : { query })
  await drop(socket)
  scene.clock.advance(TTL_MS * 2)
}

test('an inbox that cannot be continued says at once that the list is to be loaded again', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await begin(scene, id, { query: EVENTS })
  await drop(socket)
  await scene.notify('One')
  await scene.notify('Two')
  scene.clock.advance(TTL_MS * 2)
  const back = await follow(scene, id, { query: EVENTS })
  const { payload } = await back.next()
  const { cursor } = payload.data.notificationEvents
  expect(payload).toEqual({
    data: { notificationEvents: { __typename: 'NotificationsReset', unread: { count: 2, revision: 2 }, cursor } },
    extensions: { cursor, resume: 'expired' },
  })
  await acknowledge(back)
  await scene.notify('Three')
  expect((await back.next())['payload']).toMatchObject({
    data: { notificationEvents: { notification: { title: 'Three' } } },
    extensions: { resume: null },
  })
  await drop(back)
  const again = await follow(scene, id, { query: EVENTS })
  expect((await again.next())['payload']).toMatchObject({
    data: { notificationEvents: { notification: { title: 'Three' } } },
    extensions: { resume: null },
  })
})

test('the cursor of what says so continues the stream', async () => {
  const scene = await openScene()
  const id = randomUUID()
  await drop(await begin(scene, id, { query: EVENTS }))
  await scene.notify('One')
  scene.clock.advance(TTL_MS * 2)
  const back = await follow(scene, id, { query: EVENTS })
  const after = (await back.next())['payload'].data.notificationEvents.cursor
  await scene.notify('Two')
  await expectNext(await follow(scene, randomUUID(), { variables: { after } }), 'Two')
})

test('a ticket that cannot be continued repeats its newest message at once', async () => {
  const scene = await openScene()
  await openTicket(scene)
  const id = randomUUID()
  const socket = await begin(scene, id, { query: MESSAGES })
  await drop(socket)
  await say(scene, 'One')
  await say(scene, 'Two')
  scene.clock.advance(TTL_MS * 2)
  const back = await follow(scene, id, { query: MESSAGES })
  expect((await back.next())['payload']).toMatchObject({
    data: { ticketMessage: { body: 'Two' } },
    extensions: { resume: 'expired' },
  })
})

test('a stream without anything to repeat says so with its first result', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await begin(scene, id)
  await drop(socket)
  await scene.app.close()
  const storage = await openSqliteStorage({ file: join(scene.dataDir, 'herald.db') })
  await storage.write((tx) => tx.updateTable('positions').set({ revision: null }).execute())
  await storage.close()
  const after = await openScene(scene.dataDir)
  const back = await begin(after, id)
  await expectNothing(back)
  await after.notify('One')
  await expectNext(back, 'One', 'expired')
})

test.each([
  ['notifications', undefined],
  ['changes of the inbox', EVENTS],
  ['messages', MESSAGES],
])('%s of which none was missed go on, however long that took', async (_, query) => {
  const scene = await openScene()
  await openTicket(scene)
  const id = randomUUID()
  await leaveForLong(scene, id, query)
  const back = await begin(scene, id, query === undefined ? {} : { query })
  await scene.notify('One')
  await say(scene, 'One')
  expect((await back.next())['payload'].extensions.resume).toBeNull()
})

test('what happened, but not to this subscription, is no reason to say so', async () => {
  const scene = await openScene()
  await scene.notify('Zero')
  const id = randomUUID()
  await leaveForLong(scene, id)
  const other = await begin(scene, randomUUID())
  other.subscribe('mark', 'mutation { markAllAsRead { changed } }')
  expect((await other.next())['payload'].data.markAllAsRead.changed).toBe(1)
  const back = await begin(scene, id)
  await scene.notify('One')
  await expectNext(back, 'One', null)
})

test('goes on from where nothing was missed, again and again', async () => {
  const scene = await openScene()
  const id = randomUUID()
  await leaveForLong(scene, id)
  await leaveForLong(scene, id)
  await drop(await begin(scene, id))
  await scene.notify('One')
  await expectNext(await follow(scene, id), 'One', null)
})

test('says so when what tells whether something was missed has been deleted for good', async () => {
  const scene = await openScene()
  await scene.notify('Zero')
  const id = randomUUID()
  await leaveForLong(scene, id)
  await scene.notify('One')
  const storage = await openSqliteStorage({ file: join(scene.dataDir, 'herald.db') })
  await storage.write((tx) =>
    tx
      .updateTable('lanes')
      .set(({ ref }) => ({ pruned: ref('revision') }))
      .execute(),
  )
  await storage.close()
  await expectNext(await follow(scene, id), 'One', 'expired')
})

test('what says so is acknowledged like any other result', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await begin(scene, id)
  await drop(socket)
  await scene.notify('One')
  scene.clock.advance(TTL_MS * 2)
  const back = await follow(scene, id)
  await expectNext(back, 'One', 'expired')
  await acknowledge(back)
  await drop(back)
  const again = await follow(scene, id)
  await settle(again)
  await scene.notify('Two')
  await expectNext(again, 'Two', null)
})
