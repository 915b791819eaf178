import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { endure, expectEndured, startTarget } from '../support/attack.ts'
import { type Answers, count, openHostile, openPoster, repeatedly } from '../support/hostile.ts'
import { writeLongConversation } from '../support/long-conversation.ts'

// What looks small and answers much.

const MESSAGES = 100
const ALIASES = 30

function page(selection: string): string {
  return `messages(last: 100) { nodes { ${selection} } }`
}

function aliased(selection: string): string {
  return `{ ticket(id: "t") { ${Array.from({ length: ALIASES }, (_, n) => `a${n}: ${page(selection)}`).join(' ')} } }`
}

function fragmented(selection: string): string {
  return `query { ${Array.from({ length: ALIASES }, (_, n) => `a${n}: ticket(id: "t") { ...F }`).join(' ')} } fragment F on Ticket { ${page(selection)} }`
}

test.each([
  ['aliases of pages', aliased('body')],
  ['aliases of a fragment', fragmented('body')],
])('%s are refused before they run', { timeout: 120_000 }, async (_what, query) => {
  const herald = await startTarget()
  await writeLongConversation(herald, MESSAGES)
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
  await writeLongConversation(herald, MESSAGES)
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
  await writeLongConversation(herald, MESSAGES)
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
