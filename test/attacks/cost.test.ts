import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { endure, expectEndured, startTarget, type Target } from '../support/attack.ts'
import { type Answers, count, openHostile, openPoster, repeatedly } from '../support/hostile.ts'
import { post } from '../support/process.ts'

// What looks small and answers much.

const MESSAGES = 100
const BODY_BYTES = 60_000
const ALIASES = 30

/** A ticket of Mallory with a hundred long messages, which she wrote herself within her budget or her agent did. */
const fillTicket = async ({ url, token }: Target): Promise<void> => {
  const backend = await token('shop', 'backend')
  await post(url, backend, 'mutation { upsertTicket(input: { id: "t", participants: [{ id: "mallory" }] }) { id } }')
  const SEND = 'mutation ($body: String!) { sendTicketMessage(input: { ticketId: "t", body: $body }) { isDuplicate } }'
  const body = 'x'.repeat(BODY_BYTES)
  for (let n = 0; n < MESSAGES; n += 1) await post(url, backend, SEND, { body })
}

const page = (selection: string): string => `messages(last: 100) { nodes { ${selection} } }`
const aliased = (selection: string): string =>
  `{ ticket(id: "t") { ${Array.from({ length: ALIASES }, (_, n) => `a${n}: ${page(selection)}`).join(' ')} } }`
const fragmented = (selection: string): string =>
  `query { ${Array.from({ length: ALIASES }, (_, n) => `a${n}: ticket(id: "t") { ...F }`).join(' ')} } fragment F on Ticket { ${page(selection)} }`

test.each([
  ['aliases of pages', aliased('body')],
  ['aliases of a fragment', fragmented('body')],
])('%s are refused before they run', { timeout: 120_000 }, async (_what, query) => {
  const herald = await startTarget()
  await fillTicket(herald)
  const token = await herald.token('mallory')
  const answers: Answers = new Map()
  const ask = openPoster(herald.url, 2, token)
  const socket = openHostile(herald.wsUrl, token)
  expect(await socket.opened).toBe('connected')
  const endured = await endure(herald, (isOver) =>
    repeatedly(3, isOver, async (place, turn) => {
      count(answers, place === 0 ? await socket.run(`${turn}`, { query }) : await ask(JSON.stringify({ query })))
      await pause(20)
    }),
  )
  expectEndured(endured)
  expect([...answers.keys()].sort()).toEqual(
    expect.arrayContaining([expect.stringMatching(/^(error|200|400) BAD_USER_INPUT$/)]),
  )
  for (const answer of answers.keys()) expect(answer).toMatch(/(BAD_USER_INPUT|RATE_LIMITED)$/)
})

test('ten sockets that ask for many ids at a tenth of the rate slow nobody', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  await fillTicket(herald)
  const token = await herald.token('mallory')
  const sockets = Array.from({ length: 10 }, () => openHostile(herald.wsUrl, token))
  for (const { opened } of sockets) expect(await opened).toBe('connected')
  const query = `{ ticket(id: "t") { ${Array.from({ length: 5 }, (_, n) => `a${n}: ${page('id')}`).join(' ')} } }`
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(sockets.length, isOver, async (place, turn) => {
      const answer = sockets[place]!.run(`${turn}`, { query })
      await pause(100)
      count(answers, await answer)
    }),
  )
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|error RATE_LIMITED)$/)
})

test('a user who leaves while pages are under way, again and again, slows nobody', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  await fillTicket(herald)
  const token = await herald.token('mallory')
  const query = `{ ticket(id: "t") { ${page('body')} } }`
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(5, isOver, async () => {
      const socket = openHostile(herald.wsUrl, token)
      expect(await socket.opened).toMatch(/^(connected|closed 1013)$/)
      for (let n = 0; n < 20; n += 1) void socket.run(`${n}`, { query }).then((answer) => count(answers, answer))
      await pause(20)
      socket.ws.terminate()
      await pause(50)
    }),
  )
  expectEndured(endured)
  expect(answers.get('closed 1006'), 'it leaves what it asked for').toBeGreaterThan(0)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|error RATE_LIMITED|closed (1006|1013))$/)
})
