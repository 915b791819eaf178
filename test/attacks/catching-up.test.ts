import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { endure, expectEndured, FREE_IN_MALLOC_MIB, startTarget } from '../support/attack.ts'
import { type Answers, count, openHostile, openTcp, repeatedly } from '../support/hostile.ts'
import { writeLongConversation } from '../support/long-conversation.ts'

// What somebody has missed is read from the store: for whoever comes back again and again, too, and whoever does not take it.

const MESSAGES = 300

const QUERIES = {
  ticket: (after: string) => `subscription { ticketMessage(ticketId: "t", after: "${after}") { id body } }`,
  inbox: (after: string) => `subscription { notificationAdded(after: "${after}") { id body } }`,
} as const

test.each(['ticket', 'inbox'] as const)(
  'a user who asks for a long %s from its beginning, again and again, slows nobody',
  { timeout: 120_000 },
  async (what) => {
    const herald = await startTarget()
    const beginnings = await writeLongConversation(herald, MESSAGES)
    const query = QUERIES[what](beginnings[what])
    const token = await herald.token('mallory')
    const answers: Answers = new Map()
    const sockets = Array.from({ length: 10 }, () => openHostile(herald.wsUrl, token))
    for (const { opened } of sockets) expect(await opened).toBe('connected')
    const endured = await endure(herald, (isOver) =>
      repeatedly(sockets.length, isOver, async (place, turn) => {
        const { ws, run } = sockets[place]!
        const ids = Array.from({ length: 20 }, (_, n) => `${turn}-${n}`)
        for (const answer of await Promise.all(ids.map((id) => run(id, { query })))) count(answers, answer)
        await pause(500)
        for (const id of ids) ws.send(JSON.stringify({ id, type: 'complete' }))
      }),
    )
    expectEndured(endured)
    expect([...answers.keys()]).toEqual(['next'])
  },
)

test('hundreds of streams that take nothing of a long conversation cost bounded memory', {
  timeout: 120_000,
}, async () => {
  const herald = await startTarget()
  const { ticket } = await writeLongConversation(herald, MESSAGES)
  const token = await herald.token('mallory')
  const body = JSON.stringify({ query: QUERIES.ticket(ticket) })
  const headOf = (place: number): string =>
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\nherald-connection: tab-${place % 20}\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\ncontent-length: ${body.length}\r\n\r\n`
  const endured = await endure(
    herald,
    (isOver) =>
      repeatedly(400, isOver, async (place) => {
        const { tcp } = openTcp(herald.url)
        tcp.pause()
        tcp.write(headOf(place) + body)
        await pause(5_000)
        tcp.destroy()
      }),
    FREE_IN_MALLOC_MIB,
  )
  expectEndured(endured)
})
