import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  acknowledge,
  begin,
  drop,
  expectNext,
  expectNothing,
  follow,
  inDatabase,
  leave,
  openScene,
  openTicket,
  pruneInbox,
  type Scene,
  say,
  settle,
  TTL_MS,
} from '../support/resume.ts'

const EVENTS = `subscription { notificationEvents {
  __typename
  ... on NotificationAdded { notification { title } }
  ... on NotificationsReset { unread { count revision } cursor }
} }`
const MESSAGES = 'subscription { ticketMessage(ticketId: "42") { body deletedAt } }'

/** A subscription that was cut, and whose time is over. */
async function leaveForLong(scene: Scene, query?: string, id?: string): Promise<string> {
  const left = await leave(scene, query === undefined ? {} : { query }, id)
  scene.clock.advance(TTL_MS * 2)
  return left
}

test('an inbox that cannot be continued says at once that the list is to be loaded again', async () => {
  const scene = await openScene()
  const id = await leave(scene, { query: EVENTS })
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
  const id = await leave(scene, { query: EVENTS })
  await scene.notify('One')
  scene.clock.advance(TTL_MS * 2)
  const back = await follow(scene, id, { query: EVENTS })
  const after = (await back.next())['payload'].data.notificationEvents.cursor
  await scene.notify('Two')
  await expectNext(await follow(scene, randomUUID(), { variables: { after } }), 'Two')
})

test('a ticket that cannot be continued repeats its newest message at once', async () => {
  const scene = await openScene()
  await openTicket(scene, 'alice')
  const id = await leave(scene, { query: MESSAGES })
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
  const id = await leave(scene)
  await scene.app.close()
  await inDatabase(scene, (tx) => tx.updateTable('checkpoints').set({ revision: null }).execute())
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
  await openTicket(scene, 'alice')
  const id = await leaveForLong(scene, query)
  const back = await begin(scene, id, query === undefined ? {} : { query })
  await scene.notify('One')
  await say(scene, 'One')
  expect((await back.next())['payload'].extensions.resume).toBeNull()
})

test('what happened, but not to this subscription, is no reason to say so', async () => {
  const scene = await openScene()
  await scene.notify('Zero')
  const id = await leaveForLong(scene)
  const other = await begin(scene, randomUUID())
  other.subscribe('mark', 'mutation { markAllAsRead { changed } }')
  expect((await other.next())['payload'].data.markAllAsRead.changed).toBe(1)
  const back = await begin(scene, id)
  await scene.notify('One')
  await expectNext(back, 'One', null)
})

test('goes on from where nothing was missed, again and again', async () => {
  const scene = await openScene()
  const id = await leaveForLong(scene)
  await leaveForLong(scene, undefined, id)
  await leave(scene, {}, id)
  await scene.notify('One')
  await expectNext(await follow(scene, id), 'One', null)
})

test('says so when what tells whether something was missed has been deleted for good', async () => {
  const scene = await openScene()
  await scene.notify('Zero')
  const id = await leaveForLong(scene)
  await scene.notify('One')
  await pruneInbox(scene, 2)
  await expectNext(await follow(scene, id), 'One', 'expired')
})

test('what says so is acknowledged like any other result', async () => {
  const scene = await openScene()
  const id = await leave(scene)
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
