import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { endure, expectEndured, startTarget, type Target } from '../support/attack.ts'
import { type HostileSocket, openHostile, openTcp } from '../support/hostile.ts'

// Clients that break the protocol: each gets the documented code, and nobody else notices.

const ME = { query: '{ me { id } }' }
const EVENTS = { query: 'subscription { customEvent { id } }' }

type Breaker = (herald: Target, socket: HostileSocket) => Promise<string> | string

function send(socket: HostileSocket, ...messages: readonly (object | string)[]): Promise<string> {
  for (const message of messages) socket.ws.send(typeof message === 'string' ? message : JSON.stringify(message))
  return socket.closed
}

/** What each does on a socket that is connected, and how it is answered. */
const BREAKERS: Readonly<Record<string, readonly [answer: string | RegExp, act: Breaker]>> = {
  'says hello twice': ['closed 4429', (_, socket) => send(socket, { type: 'connection_init' })],
  'uses an id twice': [
    'closed 4409',
    (_, socket) => send(socket, ...[1, 2].map(() => ({ id: '1', type: 'subscribe', payload: EVENTS }))),
  ],
  'sends what is no JSON': ['closed 4400', (_, socket) => send(socket, '{')],
  'sends a message of no type': ['closed 4400', (_, socket) => send(socket, { id: '1' })],
  'sends bytes that are no text': [
    'closed 4400',
    (_, socket) => {
      socket.ws.send(Buffer.from([0xff, 0xfe, 0x00]), { binary: true })
      return socket.closed
    },
  ],
  'sends a message of two megabytes': [
    'error BAD_USER_INPUT',
    (_, socket) => socket.run('1', { ...ME, variables: { text: 'x'.repeat(2 ** 21) } }),
  ],
  'asks for more than is allowed deep': [
    'error BAD_USER_INPUT',
    (_, socket) => socket.run('1', { query: `{ ${'ticket(id: "t") { '.repeat(20)} id ${'}'.repeat(21)}` }),
  ],
  'nests a document a hundred thousand times': [
    'error BAD_USER_INPUT',
    (_, socket) => socket.run('1', { query: `${'{ me '.repeat(100_000)}${'}'.repeat(100_000)}` }),
  ],
  'nests variables four hundred thousand times': [
    /^(error BAD_USER_INPUT|closed 4400)$/,
    (_, socket) => {
      const answer = socket.run('1', { query: '{' })
      socket.ws.send(
        `{"id":"2","type":"subscribe","payload":{"query":"{ me { id } }","variables":{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}}}`,
      )
      return answer
    },
  ],
  'opens ten thousand subscriptions on a socket': [
    'error RATE_LIMITED',
    async (_, socket) => {
      for (let n = 0; n < 10_000; n += 1)
        socket.ws.send(JSON.stringify({ id: `s${n}`, type: 'subscribe', payload: EVENTS }))
      return socket.run('s9999x', EVENTS)
    },
  ],
  'types without a pause': [
    /^(next|error (RATE_LIMITED|NOT_FOUND))$/,
    async (_, socket) => {
      const query = 'mutation { setTyping(ticketId: "t", isTyping: true) { accepted } }'
      let last = ''
      for (let n = 0; n < 500; n += 1) last = await socket.run(`${n}`, { query })
      return last.replace('next NOT_FOUND', 'error NOT_FOUND')
    },
  ],
  'comes with the wrong origin': [
    '403',
    ({ wsUrl }) =>
      new Promise((resolve) => {
        const ws = new WebSocket(wsUrl, 'graphql-transport-ws', { origin: 'https://evil.example' })
        ws.on('error', () => {})
        ws.on('unexpected-response', (_request, response) => {
          response.destroy()
          resolve(`${response.statusCode}`)
        })
      }),
  ],
  'speaks another protocol': [
    'closed 4406',
    ({ wsUrl }) =>
      new Promise((resolve) => {
        const ws = new WebSocket(wsUrl, 'graphql-ws')
        ws.on('error', () => resolve('closed 4406'))
        ws.on('close', (code) => resolve(`closed ${code}`))
      }),
  ],
  'sends a bomb that would have to be inflated': [
    /^closed (1002|4400)$/,
    (_, socket) => {
      const bomb = deflateRawSync(Buffer.alloc(2 ** 24))
      // The bit that says "compressed" (RFC 7692), which was not agreed.
      const head = Buffer.from([0xc1, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
      head.writeUInt32BE(bomb.length, 6)
      ;(socket.ws as unknown as { readonly _socket: { write(bytes: Buffer): void } })._socket.write(
        Buffer.concat([head, bomb]),
      )
      return socket.closed
    },
  ],
  'says a token that is none': ['closed 4401', ({ wsUrl }) => openHostile(wsUrl, 'not-a-token').closed],
  'sends headers without end': [
    /^(431|cut)$/,
    ({ url }) => {
      const { tcp, closed } = openTcp(url)
      tcp.write(`GET /graphql HTTP/1.1\r\n${`x-a: ${'b'.repeat(1_000)}\r\n`.repeat(200)}`)
      return closed
    },
  ],
  'sends two lengths': [
    '400',
    ({ url }) => {
      const { tcp, closed } = openTcp(url)
      tcp.write('POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')
      return closed
    },
  ],
}

test('whoever breaks the protocol gets the documented code, and nobody else notices', {
  timeout: 120_000,
}, async () => {
  const herald = await startTarget()
  const answers: Record<string, string> = {}
  const endured = await endure(herald, async () => {
    for (const [what, [, act]] of Object.entries(BREAKERS)) {
      const token = await herald.token(`mallory ${what}`)
      const socket = openHostile(herald.wsUrl, token)
      expect(await socket.opened).toBe('connected')
      answers[what] = await act(herald, socket)
      socket.ws.terminate()
    }
  })
  for (const [what, [expected]] of Object.entries(BREAKERS)) {
    expect(answers[what], what).toMatch(typeof expected === 'string' ? new RegExp(`^${expected}$`) : expected)
  }
  expectEndured(endured)
  expect(herald.log()).not.toMatch(/"level":"?(50|60|error|fatal)/)
})

test('no token is in the log, whatever it is sent with', { timeout: 60_000 }, async () => {
  const herald = await startTarget({ LOG_LEVEL: 'trace' })
  const token = await herald.token('mallory')
  const spoilt = `${token.slice(0, -8)}AAAAAAAA`
  for (const one of [token, spoilt]) {
    const socket = openHostile(herald.wsUrl, one)
    await socket.opened
    await Promise.race([socket.run('1', { query: `{ me { id } } # ${one}` }), socket.closed])
    socket.ws.terminate()
    for (const url of [`${herald.url}?token=${one}`, `${herald.url}?query={${one}}`, herald.url]) {
      await fetch(url, { headers: { authorization: `Bearer ${one}`, cookie: `token=${one}` } })
    }
  }
  await fetch(new URL('/live', herald.url))
  expect(herald.log()).toContain('connection closed')
  expect(herald.log()).not.toContain(token.slice(-30))
  expect(herald.log()).not.toContain(token.split('.')[1])
})
