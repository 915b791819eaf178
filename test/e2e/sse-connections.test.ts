import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { openEventStream } from '../support/event-stream.ts'

test('each stream is a connection of its own, whatever the client accepts', async () => {
  const app = await startTestApp()
  const [token, agent] = [await app.token('alice'), await connectDevice(app, 'bob', 'agent')]
  const count = async () => (await agent.run('{ connectionCount(userId: "alice") }'))['connectionCount']
  const streams = []
  for (const accept of ['*/*', '*/*', 'text/event-stream']) {
    const stream = await openEventStream(app, token, 'subscription { unreadCount { count } }', {}, accept)
    await stream.next()
    streams.push(stream)
  }
  expect(await count()).toBe(3)
  const backend = await connectDevice(app, 'shop', 'backend')
  expect(await backend.run('mutation { disconnectUser(userId: "alice") }')).toEqual({ disconnectUser: 3 })
  for (const stream of streams)
    expect(await stream.next()).toMatchObject({ errors: [{ extensions: { reason: 'ended' } }] })
})
