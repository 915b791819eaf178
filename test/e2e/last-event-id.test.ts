import { expect, onTestFinished, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { eventsOf } from '../support/server-sent-events.ts'

const ADDED = 'subscription { notificationAdded { title } }'
const UNREAD = 'subscription { unreadCount { count } }'
const NOTIFY = `mutation($title: String!) {
  notify(input: { userIds: ["ann"], notification: { type: "x", title: $title } }) { notificationId }
}`

/** Follows as `EventSource` does when it comes back, and resolves to the first event: its id, and its data. */
async function firstEvent(app: TestApp, query: string, lastEventId: string) {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const headers = {
    accept: 'text/event-stream',
    authorization: `Bearer ${await app.token('ann')}`,
    'last-event-id': lastEventId,
  }
  const search = new URLSearchParams({ query })
  const response = await fetch(`${app.url}?${search}`, { headers, signal: controller.signal })
  const { value } = await eventsOf(response).next()
  return { id: value?.id, data: value?.data }
}

test('a log goes on behind the last event that its client has, and says how far it got then', async () => {
  const app = await startTestApp()
  const [backend, ann] = [await connectDevice(app, 'shop', 'backend'), await connectDevice(app, 'ann')]
  const { notifications } = await ann.run('{ notifications { resumeCursor } }')
  for (const title of ['one', 'two']) await backend.run(NOTIFY, { title })
  const first = await firstEvent(app, ADDED, notifications.resumeCursor)
  expect(first.data).toMatchObject({ data: { notificationAdded: { title: 'one' } } })
  expect(first.id).toBe(first.data.extensions.cursor)
  const second = await firstEvent(app, ADDED, first.id ?? '')
  expect(second.data).toMatchObject({ data: { notificationAdded: { title: 'two' } } })
})

test('what is no cursor is refused, and states begin anew whatever it says', async () => {
  const app = await startTestApp()
  const { data } = await firstEvent(app, ADDED, 'nonsense')
  expect(data).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  expect((await firstEvent(app, UNREAD, 'nonsense')).data).toMatchObject({ data: { unreadCount: { count: 0 } } })
})
