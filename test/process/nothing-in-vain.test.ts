import { request } from 'node:http'
import { expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { signTestToken } from '../support/app.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const SAY = JSON.stringify({ query: 'mutation { say(text: "hi") }' })

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** By Node's own client, which adds no header that was not asked for. */
function send(url: string, { method = 'POST', path = '', headers = JSON_TYPE, body = SAY }: Sent) {
  return new Promise<{ status: number | undefined; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const length = { 'content-length': String(method === 'GET' || method === 'HEAD' ? 0 : Buffer.byteLength(body)) }
      const sent = request(`${url}${path}`, { method, headers: { ...length, ...headers } }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }))
      })
      sent.on('error', reject)
      sent.end(length['content-length'] === '0' && !('content-length' in headers) ? undefined : body)
    },
  )
}

const mutationByGet = `?query=${encodeURIComponent('mutation { say(text: "hi") }')}`

const refused: readonly (readonly [what: string, status: number, Sent])[] = [
  ['xml', 406, { headers: { ...JSON_TYPE, accept: 'application/xml' } }],
  ['a page', 406, { headers: { ...JSON_TYPE, accept: 'text/html, image/*' } }],
  ['JSON in another charset', 406, { headers: { ...JSON_TYPE, accept: 'application/json; charset=utf-16' } }],
  ['nonsense', 406, { headers: { ...JSON_TYPE, accept: ';;,' } }],
  ['JSON not at all', 406, { headers: { ...JSON_TYPE, accept: 'application/json;q=0, application/*;q=0.0' } }],
  ['xml by GET', 406, { method: 'GET', path: mutationByGet, headers: { accept: 'application/xml' } }],
  ['GET', 405, { method: 'GET', path: mutationByGet, headers: {} }],
  ['GET as a stream', 405, { method: 'GET', path: mutationByGet, headers: { accept: 'text/event-stream' } }],
  ['PATCH', 405, { method: 'PATCH' }],
  ['DELETE', 400, { method: 'DELETE' }],
  ['PUT that wants xml', 406, { method: 'PUT', headers: { ...JSON_TYPE, accept: 'application/xml' } }],
  ['no type', 400, { headers: {} }],
  ['a form', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ['two types', 415, { headers: { 'content-type': 'application/json, text/plain' } }],
  ['a body in another charset', 415, { headers: { 'content-type': 'application/json; charset=latin1' } }],
  ['a compressed body', 415, { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } }],
  ['a body compressed twice', 415, { headers: { ...JSON_TYPE, 'content-encoding': 'identity, gzip' } }],
  ['a body compressed with brotli', 415, { headers: { ...JSON_TYPE, 'Content-Encoding': 'BR' } }],
  ['a file upload', 415, { headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
  [
    'GraphQL as text',
    415,
    { headers: { 'content-type': 'application/graphql' }, body: 'mutation { say(text: "hi") }' },
  ],
  ['nothing', 400, { body: '' }],
  ['a body that is no object', 400, { body: '"mutation { say(text: 1) }"' }],
  ['null', 400, { body: 'null' }],
  ['a body by GET', 400, { method: 'GET', headers: { ...JSON_TYPE, 'content-length': String(SAY.length) }, body: SAY }],
  ['a body in UTF-16', 400, { body: Buffer.from(SAY, 'utf16le') }],
  ['a batch', 400, { body: `[${SAY},${SAY}]` }],
  ['a batch of one', 400, { body: `[${SAY}]` }],
  ['a password', 401, { headers: { ...JSON_TYPE, authorization: 'Basic YTpi' } }],
  ['a wrong token', 401, { headers: { ...JSON_TYPE, authorization: 'Bearer nonsense' } }],
]

test('executes nothing of a request that it refuses, and says why', async () => {
  const { url, stage } = await startSmallServer()
  for (const [what, status, sent] of refused) {
    const answer = await send(url, sent)
    expect([what, answer.status]).toEqual([what, status])
    const body = answer.headers['content-type'] === 'text/event-stream' ? answer.text.split('data: ')[1] : answer.text
    const code = status === 401 ? 'UNAUTHENTICATED' : 'BAD_USER_INPUT'
    expect([what, JSON.parse(body?.split('\n')[0] ?? '')]).toMatchObject([
      what,
      { errors: [{ message: expect.stringMatching(/\w/), extensions: { code } }] },
    ])
  }
  expect((await send(url, { method: 'HEAD', path: mutationByGet, headers: {} })).status).toBe(405)
  expect(stage.said).toEqual([])
})

test('executes what it can answer, however the client says so', async () => {
  const { url, stage } = await startSmallServer()
  const accepts = [
    '*/*',
    'application/*',
    'application/json',
    'application/graphql-response+json, application/json;q=0.9',
    'text/html, application/json; charset=UTF-8',
    'text/event-stream',
  ]
  for (const accept of accepts) {
    const { status, text } = await send(url, { headers: { ...JSON_TYPE, accept } })
    expect([accept, status]).toEqual([accept, 200])
    expect(text).toContain('{"data":{"say":"hi"}}')
  }
  const types = ['APPLICATION/JSON', 'application/json ; charset="UTF-8"', 'Application/Json;charset=utf8']
  for (const type of [...types, 'application/json; foo=bar']) {
    for (const encoding of ['identity', 'Identity', '']) {
      const { status } = await send(url, { headers: { 'content-type': type, 'content-encoding': encoding } })
      expect([type, encoding, status]).toEqual([type, encoding, 200])
    }
  }
  // As Windows writes it.
  expect((await send(url, { body: `\uFEFF${SAY}` })).status).toBe(200)
  expect(stage.said).toHaveLength(accepts.length + 13)
})

test('begins no subscription for a client that cannot read it', async () => {
  const { url, stage, services } = await startSmallServer()
  const headers = { ...JSON_TYPE, authorization: `Bearer ${await signTestToken('ann')}` }
  const deferring = 'multipart/mixed;deferSpec=20220824,application/json'
  for (const accept of [
    'application/json',
    'multipart/mixed; boundary=x',
    'application/graphql-response+json',
    deferring,
  ]) {
    const body = JSON.stringify({ query: 'subscription { log }' })
    const { status, text } = await send(url, { headers: { ...headers, accept }, body })
    expect([accept, status]).toEqual([accept, 406])
    expect([accept, text]).toEqual([accept, expect.stringContaining('text/event-stream')])
    expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
  }
  expect(stage.began).toBe(0)
  expect(services.presence.localConnections('ann')).toBe(0)
})

test('does not execute what the client of a WebSocket has taken back', async () => {
  const checked = Promise.withResolvers<Viewer>()
  const { wsUrl, stage } = await startSmallServer({ authenticate: () => checked.promise })
  const socket = await openRawSocket(wsUrl)
  await socket.init()
  const extensions = { headers: { authorization: 'Bearer of-ann' } }
  socket.subscribe('1', 'mutation { say(text: "taken back") }', { extensions })
  socket.send({ type: 'complete', id: '1' })
  socket.subscribe('2', '{ hello }')
  expect(await socket.next()).toMatchObject({ id: '2', type: 'next' })
  expect(await socket.next()).toEqual({ id: '2', type: 'complete' })
  const [name, avatarUrl, expiresAt] = [null, null, Number.POSITIVE_INFINITY]
  checked.resolve({ userId: 'ann', role: 'CUSTOMER', name, avatarUrl, expiresAt })
  socket.subscribe('3', 'mutation { say(text: "meant") }', { extensions })
  expect(await socket.next()).toMatchObject({ id: '3', type: 'next' })
  expect(stage.said).toEqual(['meant'])
})

test('executes nothing whose answer has no room on a WebSocket any more', async () => {
  const { wsUrl, stage, lines } = await startSmallServer()
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  socket.ws.pause()
  const text = 'x'.repeat(900_000)
  // More than the network and Herald hold together.
  for (let id = 0; id < 60; id += 1) {
    socket.subscribe(String(id), 'mutation($text: String!) { say(text: $text) }', { variables: { text } })
  }
  let answered = 0
  socket.ws.on('message', (data) => {
    if (String(data).startsWith('{"id":') && String(data).includes('"next"')) answered += 1
  })
  await expect.poll(() => lines.some(({ code }) => code === 1013), { timeout: 20_000 }).toBe(true)
  socket.ws.resume()
  expect(await socket.closed).toMatchObject({ code: 1013 })
  expect(stage.said.length).toBeLessThan(60)
  expect(answered).toBe(stage.said.length)
})
