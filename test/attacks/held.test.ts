import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { endure, expectEndured, startTarget } from '../support/attack.ts'
import { type Answers, count, openHostile, openPoster, repeatedly } from '../support/hostile.ts'

// What a client sends is not kept longer than it serves.

function start() {
  return startTarget()
}

function pause(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Four kilobytes of short names, which take most room as a document; no two are the same. */
function document(name: string): string {
  return `query Q${name} { realtimeConfig { ${Array.from({ length: 270 }, () => 'unreadCap').join(' ')} } }`
}

test('different documents of strangers are not kept', { timeout: 120_000 }, async () => {
  const herald = await start()
  const ask = openPoster(herald.url, 4)
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(4, isOver, async (place, turn) => {
      count(answers, await ask(JSON.stringify({ query: document(`${place}_${turn}`) })))
      await pause(2)
    }),
  )
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(200|429 RATE_LIMITED)$/)
})

test('different documents of a user are kept up to a bound in bytes', { timeout: 120_000 }, async () => {
  const herald = await start()
  const socket = openHostile(herald.wsUrl, await herald.token('mallory'))
  expect(await socket.opened).toBe('connected')
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(4, isOver, async (place, turn) => {
      count(answers, await socket.run(`${place}_${turn}`, { query: document(`${place}_${turn}`) }))
      await pause(20)
    }),
  )
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|error RATE_LIMITED)$/)
})

test('variables that the document does not declare are not kept', { timeout: 120_000 }, async () => {
  const herald = await start()
  const token = await herald.token('mallory')
  const variables = { filler: 'x'.repeat(990_000) }
  const answers: Answers = new Map()
  const sockets = [openHostile(herald.wsUrl, token), openHostile(herald.wsUrl, token)]
  for (const { opened } of sockets) expect(await opened).toBe('connected')
  const query = 'subscription { unreadCount { count } }'
  const endured = await endure(herald, async (isOver) => {
    for (let n = 0; n < 60 && !isOver.aborted; n += 1) {
      count(answers, await sockets[n % 2]!.run(randomUUID(), { query, variables }))
    }
  })
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|error (BAD_USER_INPUT|RATE_LIMITED))$/)
})

test('variables that are declared are bounded, too', { timeout: 120_000 }, async () => {
  const herald = await start()
  const socket = openHostile(herald.wsUrl, await herald.token('mallory'))
  expect(await socket.opened).toBe('connected')
  const query = 'subscription ($names: [String!]) { customEvent(names: $names) { id } }'
  const variables = { names: Array.from({ length: 900 }, (_, n) => `${n}${'x'.repeat(1_000)}`) }
  const answers: Answers = new Map()
  const endured = await endure(herald, async (isOver) => {
    for (let n = 0; n < 60 && !isOver.aborted; n += 1)
      count(answers, await socket.run(randomUUID(), { query, variables }))
  })
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|error) (BAD_USER_INPUT|RATE_LIMITED)$/)
})

test('an operation id of nearly a megabyte ends its socket', { timeout: 120_000 }, async () => {
  const herald = await start()
  const token = await herald.token('mallory')
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(2, isOver, async () => {
      const socket = openHostile(herald.wsUrl, token)
      if ((await socket.opened) !== 'connected') return
      const id = 'i'.repeat(900_000)
      count(answers, await socket.run(id, { query: 'subscription { unreadCount { count } }' }))
      socket.ws.terminate()
      await pause(100)
    }),
  )
  expectEndured(endured)
  // So many bytes are counted before they are read; then the id is not looked at.
  expect(answers.get('closed 4400')).toBeGreaterThan(0)
  for (const answer of answers.keys()) expect(answer).toMatch(/^closed (4400|1013)$/)
})
