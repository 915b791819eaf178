import { expect, test } from 'vitest'
import { signTestToken, startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { blocksOf } from '../support/documentation.ts'
import { openProxy } from '../support/proxy.ts'
import { RECOMMENDED_CLIENTS } from '../support/recommended-clients.ts'

const [INBOX = '', ADDED = ''] =
  blocksOf('docs/clients.md', 'graphql')
    .find(({ text }) => text.includes('subscription Added'))
    ?.text.split('\n') ?? []

const TIMES = { ping: 15_000, pong: 5_000, connecting: 10_000, retry: 20, longestRetry: 0 }

/** The built-in WebSocket, and how often its client has acknowledged results. */
function countingSocket() {
  const acknowledged = { count: 0 }
  class Counting extends WebSocket {
    override send(data: Parameters<WebSocket['send']>[0]): void {
      super.send(data)
      const { type, payload } = JSON.parse(String(data))
      if (type === 'pong' && payload !== undefined) acknowledged.count += 1
    }
  }
  return { acknowledged, webSocketImpl: Counting }
}

function waitUntil(isSo: () => boolean) {
  return expect.poll(isSo, { interval: 10 }).toBe(true)
}

test.each(Object.entries(RECOMMENDED_CLIENTS))(
  'the documents of docs/clients.md neither lose nor repeat anything, whatever is cut: %s',
  async (_name, openClient) => {
    expect([INBOX, ADDED].map((text) => text.slice(0, 18))).toEqual(['query Inbox { noti', 'subscription Added'])
    const app = await startTestApp()
    const network = await openProxy(Number(new URL(app.wsUrl).port))
    const backend = await connectDevice(app, 'shop', 'backend')
    const notify = (title: string) =>
      backend.run(
        'mutation ($title: String!) { notify(input: { userIds: ["alice"], notification: { type: "t", title: $title } }) { recipients } }',
        { title },
      )
    const { acknowledged, webSocketImpl } = countingSocket()
    const url = `ws://127.0.0.1:${network.port}/graphql`
    const client = openClient(url, () => signTestToken('alice'), { times: TIMES, webSocketImpl })
    await notify('Before')
    const { notifications } = await client.run(INBOX)
    expect(notifications.nodes).toMatchObject([{ title: 'Before' }])
    // Between the list and the subscription.
    await notify('One')
    const titles: string[] = []
    let acknowledgedBefore = 0
    client.follow(ADDED, { after: notifications.resumeCursor }, ({ notificationAdded }) => {
      titles.push(notificationAdded.title)
      acknowledgedBefore = acknowledged.count
    })
    const expectNext = async (...all: readonly string[]) => {
      await waitUntil(() => titles.length >= all.length && acknowledged.count > acknowledgedBefore)
      // On the same socket behind what was acknowledged.
      await client.run('query { me { id } }')
      expect(titles).toEqual(all)
    }
    await expectNext('One')
    network.reset()
    await notify('Two')
    await expectNext('One', 'Two')
    network.end()
    await notify('Three')
    await expectNext('One', 'Two', 'Three')
  },
)
