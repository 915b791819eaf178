import { expect, test } from 'vitest'
import { MAX_VALUES } from '../../src/lib/json-text.ts'
import { type Attack, endure, expectEndured, startTarget } from '../support/attack.ts'
import { connectDevice } from '../support/device.ts'
import { type Answers, count, openHostile, openPoster, openTcp, repeatedly } from '../support/hostile.ts'

// Whoever shows no token gets little: a small budget, a few seconds, nothing that is kept.

/** The times after which strangers must go are shorter than by default, so that a test can wait for them. */
function start() {
  return startTarget({ MAX_HEADERS_MS: '1500', MAX_REQUEST_MS: '2500', MAX_ANONYMOUS_SOCKET_MS: '3000' })
}

function pause(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function range(length: number, make: (n: number) => string): string {
  return Array.from({ length }, (_, n) => make(n)).join(' ')
}
/** As dear to check as documents can be, each for another reason, and no two the same. */
const DEAR: Readonly<Record<string, (name: string) => string>> = {
  'fields that must be compared, each with each': (name) =>
    `query Q${name} { ${range(450, () => 'realtimeConfig { unreadCap }')} }`,
  'fragments that must be compared': (name) =>
    `query Q${name} { realtimeConfig { ${range(120, (n) => `...F${n}`)} } } ${range(120, (n) => `fragment F${n} on RealtimeConfig { unreadCap unreadCap }`)}`,
  'many mistakes': (name) => `query Q${name} { ${range(900, (n) => `realtimeConfg${n}`)} }`,
}

test.each(Object.entries(DEAR))(
  'twenty connections with documents of %s',
  { timeout: 120_000 },
  async (_what, dear) => {
    const herald = await start()
    const ask = openPoster(herald.url, 20)
    const answers: Answers = new Map()
    const attack: Attack = (isOver) =>
      repeatedly(20, isOver, async (place, turn) =>
        count(answers, await ask(JSON.stringify({ query: dear(`${place}_${turn}`) }))),
      )
    const endured = await endure(herald, attack)
    expectEndured(endured)
    for (const answer of answers.keys()) expect(answer).toMatch(/^(200|200 BAD_USER_INPUT|429 RATE_LIMITED)$/)
    expect(answers.get('429 RATE_LIMITED'), 'strangers have a budget').toBeGreaterThan(0)
  },
)

/** A body with so many values that nobody asked for. */
function bodyOf(values: number): string {
  return `{"query": "{ realtimeConfig { unreadCap } }", "variables": {"filler": [${'1,'.repeat(values)}1]}}`
}

test('twenty connections with bodies that are dear to read', { timeout: 120_000 }, async () => {
  const herald = await start()
  const ask = openPoster(herald.url, 20)
  const answers: Answers = new Map()
  const body = bodyOf(400_000)
  const attack: Attack = (isOver) => repeatedly(20, isOver, async () => count(answers, await ask(body)))
  const endured = await endure(herald, attack)
  expectEndured(endured)
  // Whoever is refused before all was sent may find the connection cut.
  for (const answer of answers.keys()) expect(answer).toMatch(/^(413|413 BAD_USER_INPUT|429 RATE_LIMITED|cut)$/)
})

test('a user with bodies that are dear to read, over twenty connections', { timeout: 120_000 }, async () => {
  const herald = await start()
  const ask = openPoster(herald.url, 20, await herald.token('mallory'))
  const answers: Answers = new Map()
  // One that has too many values to be read at all, and one that has not.
  const bodies = [400_000, MAX_VALUES - 100].map(bodyOf)
  const attack: Attack = (isOver) =>
    repeatedly(20, isOver, async (_, turn) => count(answers, await ask(bodies[turn % bodies.length]!)))
  const endured = await endure(herald, attack)
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(200|200 BAD_USER_INPUT|429 RATE_LIMITED|cut)$/)
})

test('a user with documents that are dear to check, over twenty connections', { timeout: 120_000 }, async () => {
  const herald = await start()
  const ask = openPoster(herald.url, 20, await herald.token('mallory'))
  const answers: Answers = new Map()
  const dear = Object.values(DEAR)
  const endured = await endure(herald, (isOver) =>
    repeatedly(20, isOver, async (place, turn) =>
      count(answers, await ask(JSON.stringify({ query: dear[turn % dear.length]!(`${place}_${turn}`) }))),
    ),
  )
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(200|200 BAD_USER_INPUT|429 RATE_LIMITED)$/)
})

test('bodies and headers that are never finished end in time', { timeout: 120_000 }, async () => {
  const herald = await start()
  const head = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
  const beginnings = [
    'POST /graphql HT',
    head,
    `${head}content-length: 30000\r\n\r\n{"query": "`,
    `${head}transfer-encoding: chunked\r\n\r\n5\r\n{"que\r\n`,
    'GET /graphql HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n',
  ]
  const connections = Array.from({ length: 100 }, (_, n) => {
    const { tcp, closed } = openTcp(herald.url)
    tcp.write(beginnings[n % beginnings.length]!)
    return closed
  })
  const ends: Answers = new Map()
  const endured = await endure(herald, async () => {
    for (const end of await Promise.all(connections)) count(ends, end)
  })
  expectEndured(endured)
  for (const end of ends.keys()) expect(end).toMatch(/^(408|cut|429|503)$/)
})

test('headers that come a byte at a time end in time, too', { timeout: 120_000 }, async () => {
  const herald = await start()
  const text = `POST /graphql HTTP/1.1\r\nhost: localhost\r\n${'x-a: b\r\n'.repeat(1_000)}`
  const ends: Answers = new Map()
  const endured = await endure(herald, () =>
    Promise.all(
      Array.from({ length: 50 }, async () => {
        const { tcp, closed } = openTcp(herald.url)
        let sent = 0
        const drip = setInterval(() => tcp.write(text[sent++ % text.length]!), 200)
        count(ends, await closed)
        clearInterval(drip)
      }),
    ).then(() => {}),
  )
  expectEndured(endured)
  for (const end of ends.keys()) expect(end).toMatch(/^(408|cut|429|503)$/)
})

test('mute handshakes hold up no newcomer, and end', { timeout: 120_000 }, async () => {
  const herald = await start()
  const ends: Answers = new Map()
  const newcomers: number[] = []
  const endured = await endure(herald, async (isOver) => {
    const mute = Array.from({ length: 300 }, () => openHostile(herald.wsUrl, undefined, true))
    while (!isOver.aborted) {
      const before = performance.now()
      const device = await connectDevice(herald, 'newcomer')
      await device.run('{ me { id } }')
      newcomers.push(performance.now() - before)
      await device.close()
      await pause(200)
    }
    for (const { closed } of mute) count(ends, await closed)
  })
  expectEndured(endured)
  for (const end of ends.keys()) expect(end).toMatch(/^(closed 4408|429|503)$/)
  expect(Math.max(...newcomers)).toBeLessThan(3_000)
})

test('sockets of strangers have a small budget and end by themselves', { timeout: 120_000 }, async () => {
  const herald = await start()
  const ends: Answers = new Map()
  const answers: Answers = new Map()
  const query = '{ realtimeConfig { unreadCap } }'
  const endured = await endure(herald, async (isOver) => {
    const sockets = Array.from({ length: 200 }, () => openHostile(herald.wsUrl))
    await repeatedly(sockets.length, isOver, async (place, turn) => {
      const socket = sockets[place]!
      const opened = await socket.opened
      count(answers, opened === 'connected' ? await socket.run(`${turn}`, { query }) : opened)
      await pause(100)
    })
    for (const { closed } of sockets) count(ends, await closed)
  })
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|error RATE_LIMITED|closed (4408|1013)|429|503)$/)
  for (const end of ends.keys()) expect(end).toMatch(/^(closed (4408|1013)|429|503)$/)
})
