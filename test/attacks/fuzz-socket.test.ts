import fc, { type Arbitrary } from 'fast-check'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTarget, type Target } from '../support/attack.ts'
import { brokenJson } from '../support/broken-json.ts'
import { NO_BUDGETS } from '../support/no-budgets.ts'
import { post } from '../support/process.ts'
import { tryAtRandom } from '../support/seed.ts'

// Whatever is sent over a WebSocket, the server stays, answers with its own codes, and logs no mistake of its own.

/** What ends a socket of somebody who breaks the protocol: of GraphQL, or of WebSockets (RFC 6455). */
const CODES = [1002, 1007, 1013, 4400, 4401, 4403, 4408, 4409, 4429]

const OPERATIONS = [
  { query: '{ me { id } }' },
  { query: 'subscription { unreadCount { count } }' },
  {
    query: 'query Q($first: Int!, $after: Cursor) { notifications(first: $first, after: $after) { nodes { id } } }',
    operationName: 'Q',
    variables: { first: 1, after: null },
  },
  {
    query: 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { id } } }',
    variables: { input: { ticketId: 't', body: 'Hi', data: { a: [1] }, clientMessageId: 'c' } },
  },
  {
    query: 'subscription ($after: Cursor) { ticketMessage(ticketId: "t", after: $after) { id } }',
    variables: { after: 'WyJyIiwieCIsMV0' },
  },
  {
    query: 'mutation { setTyping(ticketId: "t", isTyping: true) { accepted } }',
    extensions: { headers: { authorization: 'Bearer x' } },
  },
]

type Piece = { readonly bytes: Buffer; readonly binary: boolean; readonly fin: boolean }

function whole(text: string): Piece[] {
  return [{ bytes: Buffer.from(text), binary: false, fin: true }]
}

/** A message in pieces, cut anywhere, also within a character. */
function inPieces(text: string, cuts: readonly number[]): Piece[] {
  const bytes = Buffer.from(text)
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return places
    .slice(1)
    .map((end, n) => ({ bytes: bytes.subarray(places[n], end), binary: false, fin: n === cuts.length }))
}

function messagesOf(token: string): Arbitrary<string> {
  return fc.oneof(
    ...[
      { type: 'connection_init', payload: { token } },
      { type: 'connection_init', payload: { authorization: ['Bearer', token] } },
      { type: 'ping', payload: { a: 1 } },
      { type: 'pong', payload: { ack: 1 } },
      { type: 'complete', id: '1' },
      { type: 'next', id: '1', payload: {} },
    ].map(brokenJson),
    fc
      .tuple(
        fc.constantFrom('1', '2', '', 'x'.repeat(128), '8d4f0f5e-3a8e-4b9a-9f0b-2f6f1f1b7a10'),
        fc.constantFrom(...OPERATIONS),
      )
      .chain(([id, payload]) => brokenJson({ id, type: 'subscribe', payload })),
  )
}

function piecesOf(token: string): Arbitrary<Piece[]> {
  return fc.oneof(
    { weight: 6, arbitrary: messagesOf(token).map(whole) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(messagesOf(token), fc.array(fc.nat(), { maxLength: 4 }))
        .map(([text, cuts]) => inPieces(text, cuts)),
    },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 64 })
        .map((bytes) => [{ bytes: Buffer.from(bytes), binary: true, fin: true }]),
    },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 64 })
        .map((bytes) => [{ bytes: Buffer.from(bytes), binary: false, fin: true }]),
    },
  )
}

/** Sends all of it and resolves to the code of the close, or 0 when the socket is still open and answers. */
async function play({ wsUrl }: Target, token: string, messages: readonly Piece[][], isPolite: boolean) {
  const ws = new WebSocket(wsUrl, 'graphql-transport-ws')
  const seen: string[] = []
  const answered = Promise.withResolvers<number>()
  ws.on('message', (data) => {
    seen.push(String(data))
    if (String(data).includes('"still":"here"')) answered.resolve(0)
  })
  ws.on('close', (code) => answered.resolve(code))
  ws.on('error', () => {})
  await new Promise((resolve) => ws.on('open', resolve))
  if (isPolite) ws.send(JSON.stringify({ type: 'connection_init', payload: { token } }))
  for (const pieces of messages) {
    for (const { bytes, binary, fin } of pieces) if (ws.readyState === WebSocket.OPEN) ws.send(bytes, { binary, fin })
  }
  if (ws.readyState === WebSocket.OPEN) ws.send('{"type":"ping","payload":{"still":"here"}}')
  const code = await answered.promise
  ws.terminate()
  return { code, seen }
}

test('random messages of the protocol', { timeout: 120_000 }, async () => {
  const herald = await startTarget(NO_BUDGETS)
  const backend = await herald.token('shop', 'backend')
  await post(
    herald.url,
    backend,
    'mutation { upsertTicket(input: { id: "t", participants: [{ id: "mallory" }] }) { id } }',
  )
  const token = await herald.token('mallory')
  const beside = herald.neighbour.measure(5_000)
  await tryAtRandom(
    fc.asyncProperty(
      fc.array(piecesOf(token), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      async (messages, isPolite) => {
        const { code, seen } = await play(herald, token, messages, isPolite)
        if (code !== 0) expect(CODES).toContain(code)
        for (const text of seen) expect(text).not.toContain('INTERNAL_SERVER_ERROR')
      },
    ),
    400,
  )
  expect(await beside).toMatchObject({ lost: 0, refused: [] })
  expect(await post(herald.url, token, '{ me { id } }')).toEqual({ me: { id: 'mallory' } })
  expect(herald.log()).not.toMatch(/"level":"?(50|60|error|fatal)/)
  expect(herald.log()).not.toContain(token.slice(-30))
})
