import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { endure, expectEndured, startTarget } from '../support/attack.ts'
import { type Answers, count, openHostile, openTcp, repeatedly } from '../support/hostile.ts'
import { writeLongConversation } from '../support/long-conversation.ts'

// Whoever asks for much and takes none of it costs bounded memory, and slows nobody.

const QUERY = '{ ticket(id: "t") { messages(last: 100) { nodes { body } } } }'

test('sockets that ask for many large pages at once', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  await writeLongConversation(herald, 100)
  const token = await herald.token('mallory')
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(20, isOver, async () => {
      const socket = openHostile(herald.wsUrl, token)
      expect(await socket.opened).toMatch(/^(connected|closed 1013)$/)
      ;(socket.ws as unknown as { readonly _socket: Socket | null })._socket?.pause()
      for (let n = 0; n < 20; n += 1) void socket.run(`${n}`, { query: QUERY }).then((answer) => count(answers, answer))
      await pause(3_000)
      socket.ws.terminate()
    }),
  )
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|error RATE_LIMITED|closed (1006|1013))$/)
})

test('hundreds of requests for large pages', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  await writeLongConversation(herald, 100)
  const token = await herald.token('mallory')
  const body = JSON.stringify({ query: QUERY })
  const head = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\ncontent-length: ${body.length}\r\n\r\n`
  const endured = await endure(herald, (isOver) =>
    repeatedly(200, isOver, async () => {
      const { tcp } = openTcp(herald.url)
      tcp.pause()
      tcp.write(head + body)
      await pause(5_000)
      tcp.destroy()
    }),
  )
  expectEndured(endured)
})
