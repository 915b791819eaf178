import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { endure, expectEndured, startTarget } from '../support/attack.ts'
import { type Answers, count, openHostile, openPoster, openTcp, repeatedly } from '../support/hostile.ts'

// Whoever does not read costs bounded memory, and slows nobody.

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const READERS = 20

test('sockets and streams that read nothing while much is sent to them', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const users = Array.from({ length: READERS }, (_, n) => `mallory-${n}`)
  const query = 'subscription { notificationAdded { id title body } }'
  for (const [n, user] of users.entries()) {
    const token = await herald.token(user)
    if (n % 2 === 0) {
      const socket = openHostile(herald.wsUrl, token)
      expect(await socket.opened).toBe('connected')
      void socket.run('log', { query })
      // Answered when the subscription before has begun.
      expect(await socket.run('begun', { query: '{ me { id } }' })).toBe('next')
      ;(socket.ws as unknown as { readonly _socket: Socket })._socket.pause()
    } else {
      const { tcp } = openTcp(herald.url)
      const body = JSON.stringify({ query })
      const head = `POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\ncontent-length: ${body.length}\r\n\r\n`
      tcp.pause()
      tcp.write(head + body)
    }
  }
  const input = { userIds: users, notification: { type: 'a.b', title: 'Much', body: 'x'.repeat(60_000) } }
  const send = openPoster(herald.url, 1, await herald.token('shop', 'backend'))
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(1, isOver, async () => {
      count(answers, await send(JSON.stringify({ query: NOTIFY, variables: { input } })))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }),
  )
  expectEndured(endured)
  expect([...answers.keys()]).toEqual(['200'])
})
