import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { endure, expectEndured, startTarget } from '../support/attack.ts'
import { type Answers, count, type HostileSocket, openHostile, repeatedly } from '../support/hostile.ts'
import { post } from '../support/process.ts'

// What is allowed once is done again and again.

const TICKET = 'mutation { upsertTicket(input: { id: "t", participants: [{ id: "mallory" }] }) { id } }'

/** Begins streams over HTTP, each of which is closed as soon as it is answered. Resolves to the status, or `cut`. */
function openStreams(url: string, token: string): (query: string) => Promise<string> {
  const agent = new Agent({ localAddress: '127.0.0.2' })
  onTestFinished(() => agent.destroy())
  const headers = {
    accept: 'text/event-stream',
    'content-type': 'application/json',
    authorization: `Bearer ${token}`,
  }
  return (query) =>
    new Promise((resolve) => {
      const sending = request(url, { method: 'POST', agent, headers }, (response) => {
        resolve(`${response.statusCode}`)
        response.on('error', () => {})
        sending.destroy()
      })
      sending.on('error', () => resolve('cut'))
      sending.end(JSON.stringify({ query }))
    })
}

/** Sockets of a user, on each of which these subscriptions have begun. */
async function follow(url: string, token: string, sockets: number, queries: readonly string[]) {
  const opened: HostileSocket[] = []
  for (let n = 0; n < sockets; n += 1) {
    const socket = openHostile(url, token)
    expect(await socket.opened).toBe('connected')
    for (const [m, query] of queries.entries()) void socket.run(`${m}`, { query })
    expect(await socket.run('begun', { query: '{ me { id } }' })).toBe('next')
    opened.push(socket)
  }
  return opened
}

test('streams are opened and closed again and again', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const backend = await herald.token('shop', 'backend')
  await post(herald.url, backend, TICKET)
  const token = await herald.token('mallory')
  const { ticket } = (await post(herald.url, token, '{ ticket(id: "t") { messages(first: 1) { resumeCursor } } }')) as {
    readonly ticket: { readonly messages: { readonly resumeCursor: string } }
  }
  const send = Array.from(
    { length: 25 },
    (_, n) => `m${n}: sendTicketMessage(input: { ticketId: "t", body: "${'x'.repeat(300)}" }) { isDuplicate }`,
  )
  for (let n = 0; n < 20; n += 1) await post(herald.url, backend, `mutation { ${send.join(' ')} }`)
  const open = openStreams(herald.url, token)
  const queries = [
    'subscription { unreadCount { count } }',
    'subscription { supportMessage { ticketId unread { count } } }',
    `subscription { ticketMessage(ticketId: "t", after: "${ticket.messages.resumeCursor}") { body } }`,
    'subscription { ticketPresence(ticketId: "t") { viewers { id } } }',
  ]
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(8, isOver, async (place, turn) => {
      count(answers, await open(queries[(place + turn) % queries.length]!))
    }),
  )
  expectEndured(endured)
  expect(answers.get('200')).toBeGreaterThan(0)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(200|429)$/)
})

test('notifications are marked as read and as unread again and again, before many devices of their user', {
  timeout: 120_000,
}, async () => {
  const herald = await startTarget()
  const backend = await herald.token('shop', 'backend')
  const token = await herald.token('mallory')
  const notify = Array.from(
    { length: 25 },
    (_, n) =>
      `n${n}: notify(input: { userIds: ["mallory"], notification: { type: "a.b", title: "A" } }) { notificationId }`,
  )
  const ids: string[] = []
  for (let n = 0; n < 8; n += 1) {
    const told = await post(herald.url, backend, `mutation { ${notify.join(' ')} }`)
    ids.push(...Object.values(told as Record<string, { notificationId: string }>).map((one) => one.notificationId))
  }
  const queries = [
    'subscription { unreadCount { count byCategory { category count } } }',
    'subscription { notificationEvents { __typename ... on NotificationsMarked { ids } } }',
  ]
  await follow(herald.wsUrl, token, 15, queries)
  const [mallory] = await follow(herald.wsUrl, token, 1, [])
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(4, isOver, async (place, turn) => {
      const query = `mutation { ${turn % 2 === 0 ? 'markAsRead' : 'markAsUnread'}(ids: ${JSON.stringify(ids)}) { changed } }`
      count(answers, await mallory!.run(`${place}-${turn}`, { query }))
      await pause(20)
    }),
  )
  expectEndured(endured)
  expect(answers.get('next')).toBeGreaterThan(0)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|(next|error) RATE_LIMITED)$/)
})

test('a message is edited again and again before two hundred agents', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  await post(herald.url, await herald.token('shop', 'backend'), TICKET)
  const token = await herald.token('mallory')
  const { sent } = (await post(
    herald.url,
    token,
    'mutation { sent: sendTicketMessage(input: { ticketId: "t", body: "x" }) { message { id } } }',
  )) as { readonly sent: { readonly message: { readonly id: string } } }
  const queries = [
    'subscription { ticketMessage(ticketId: "t") { id body editedAt } }',
    'subscription { supportMessage { ticketId number } }',
  ]
  for (let n = 0; n < 200; n += 1) await follow(herald.wsUrl, await herald.token(`agent-${n}`, 'agent'), 1, queries)
  const [mallory] = await follow(herald.wsUrl, token, 1, [])
  const query = 'mutation ($id: ID!, $body: String!) { editTicketMessage(id: $id, body: $body) { id } }'
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(4, isOver, async (place, turn) => {
      const variables = { id: sent.message.id, body: `${place} ${turn} `.padEnd(2_000, 'x') }
      count(answers, await mallory!.run(`${place}-${turn}`, { query, variables }))
      await pause(20)
    }),
  )
  expectEndured(endured)
  expect(answers.get('next')).toBeGreaterThan(0)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|(next|error) RATE_LIMITED)$/)
})

test('each operation of a socket has another token that is no good', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const sockets = await follow(herald.wsUrl, await herald.token('mallory'), 10, [])
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(10, isOver, async (place, turn) => {
      const authorization = `Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI${place}_${turn}fQ.${'x'.repeat(43)}`
      const payload = { query: '{ me { id } }', extensions: { headers: { authorization } } }
      count(answers, await sockets[place]!.run(`${place}-${turn}`, payload))
    }),
  )
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^error (UNAUTHENTICATED|RATE_LIMITED)$/)
})
