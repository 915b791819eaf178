import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { endure, expectEndured, startTarget, type Target } from '../support/attack.ts'
import { type Answers, count, type HostileSocket, openHostile, repeatedly } from '../support/hostile.ts'
import { post } from '../support/process.ts'

// What one does invalidates the lists of many: that slows nobody else.

const TICKET = 'mutation { upsertTicket(input: { id: "t", participants: [{ id: "mallory" }] }) { id } }'
const LIST = 'subscription { supportMessage { ticketId number unread { count } } }'

/** Begins so many lists of tickets on a socket of each token, a few in one moment; resolves when the socket was told of all. */
async function followLists({ wsUrl }: Target, tokens: readonly string[], lists: number): Promise<void> {
  const sockets: HostileSocket[] = []
  for (const token of tokens) {
    const socket = openHostile(wsUrl, token)
    expect(await socket.opened).toBe('connected')
    sockets.push(socket)
  }
  for (let n = 0; n < lists; n += 1) {
    expect(new Set(await Promise.all(sockets.map(({ run }) => run(`list-${n}`, { query: LIST }))))).toEqual(
      new Set(['next']),
    )
  }
}

test('a customer writes as fast as they may, and two hundred agents have the ticket in their lists', {
  timeout: 120_000,
}, async () => {
  const herald = await startTarget()
  await post(herald.url, await herald.token('shop', 'backend'), TICKET)
  const agents = Array.from({ length: 200 }, (_, n) => herald.token(`agent-${n}`, 'agent'))
  await followLists(herald, await Promise.all(agents), 1)
  const mallory = openHostile(herald.wsUrl, await herald.token('mallory'))
  expect(await mallory.opened).toBe('connected')
  const query = 'mutation { sendTicketMessage(input: { ticketId: "t", body: "x" }) { isDuplicate } }'
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(5, isOver, async (place, turn) => {
      count(answers, await mallory.run(`${place}-${turn}`, { query }))
      await pause(20)
    }),
  )
  expectEndured(endured)
  expect(answers.get('next')).toBeGreaterThan(0)
  for (const answer of answers.keys()) expect(answer).toMatch(/^((next|error) RATE_LIMITED|next)$/)
})

test('a user marks a ticket as read again and again, and has two hundred lists of tickets open', {
  timeout: 120_000,
}, async () => {
  const herald = await startTarget()
  const backend = await herald.token('shop', 'backend')
  await post(herald.url, backend, TICKET)
  const send = Array.from(
    { length: 25 },
    (_, n) => `m${n}: sendTicketMessage(input: { ticketId: "t", body: "x" }) { isDuplicate }`,
  )
  for (let n = 0; n < 20; n += 1) await post(herald.url, backend, `mutation { ${send.join(' ')} }`)
  const token = await herald.token('mallory')
  await followLists(
    herald,
    Array.from({ length: 19 }, () => token),
    10,
  )
  const mallory = openHostile(herald.wsUrl, token)
  expect(await mallory.opened).toBe('connected')
  const answers: Answers = new Map()
  let upTo = 0
  const endured = await endure(herald, (isOver) =>
    repeatedly(5, isOver, async (place, turn) => {
      upTo += 1
      const query = `mutation { markTicketAsRead(ticketId: "t", upToNumber: ${upTo}) { id } }`
      count(answers, await mallory.run(`${place}-${turn}`, { query }))
      await pause(20)
    }),
  )
  expectEndured(endured)
  expect(answers.get('next')).toBeGreaterThan(0)
  for (const answer of answers.keys()) expect(answer).toMatch(/^((next|error) RATE_LIMITED|next)$/)
})

test('a user asks a hundred and forty times otherwise for large messages, and writes them', {
  timeout: 120_000,
}, async () => {
  const herald = await startTarget()
  await post(herald.url, await herald.token('shop', 'backend'), TICKET)
  const token = await herald.token('mallory')
  const bodies = Array.from({ length: 29 }, (_, n) => `b${n}: body`).join(' ')
  const told: Promise<string>[] = []
  for (let n = 0; n < 14; n += 1) {
    const socket = openHostile(herald.wsUrl, token)
    expect(await socket.opened).toBe('connected')
    for (let m = 0; m < 10; m += 1) {
      const query = `subscription { ticketMessage(ticketId: "t") { ${bodies} other${n}_${m}: id } }`
      told.push(socket.run(`${m}`, { query }))
    }
    expect(await socket.run('begun', { query: '{ me { id } }' })).toBe('next')
  }
  const mallory = openHostile(herald.wsUrl, token)
  expect(await mallory.opened).toBe('connected')
  const query = 'mutation ($body: String!) { sendTicketMessage(input: { ticketId: "t", body: $body }) { isDuplicate } }'
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(1, isOver, async (place, turn) => {
      const body = `${turn}`.padEnd(60_000, 'x')
      count(answers, await mallory.run(`${place}-${turn}`, { query, variables: { body } }))
      await pause(20)
    }),
  )
  expectEndured(endured)
  expect(new Set(await Promise.all(told))).toEqual(new Set(['next']))
  expect(answers.get('next')).toBeGreaterThan(0)
  for (const answer of answers.keys()) expect(answer).toMatch(/^((next|error) RATE_LIMITED|next)$/)
})
