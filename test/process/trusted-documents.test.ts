import { expect, test, vi } from 'vitest'
import { signTestToken, type TokenRole } from '../support/app.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { type SmallServerOptions, startSmallServer } from '../support/small-server.ts'
import { sha256 } from '../support/trusted.ts'

const HELLO = 'query Hello { hello }'
const SAY = 'mutation Say($text: String!) { say(text: $text) }'
const STATE = 'subscription State { state }'
const LOG = 'subscription Log { log }'
const TEXTS = [HELLO, SAY, STATE, LOG]
const RELAY_ID = '0123456789abcdef0123456789abcdef'

const texts = [...TEXTS.map((text) => ({ id: `sha256:${sha256(text)}`, text })), { id: RELAY_ID, text: HELLO }]
const TRUST: SmallServerOptions = { trust: { texts, only: [] } }
const ONLY: SmallServerOptions = { trust: { texts, only: ['CUSTOMER'] } }

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
type Result = any
type Ask = (url: string, request: object, role?: TokenRole) => Promise<Result>

async function authorized(role: TokenRole | undefined): Promise<Record<string, string>> {
  return role ? { authorization: `Bearer ${await signTestToken('ann', role)}` } : {}
}

/** The first result. */
const transports: Readonly<Record<string, Ask>> = {
  POST: async (url, request, role) => {
    const headers = { 'content-type': 'application/json', ...(await authorized(role)) }
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(request) })).json()
  },
  GET: async (url, request, role) => {
    const fields = Object.entries(request).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
    const search = new URLSearchParams(Object.fromEntries(fields))
    return (await fetch(`${url}?${search}`, { headers: await authorized(role) })).json()
  },
  'Server-Sent Events': async (url, request, role) => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream', ...(await authorized(role)) }
    const controller = new AbortController()
    const body = JSON.stringify(request)
    const response = await fetch(url, { method: 'POST', headers, body, signal: controller.signal })
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const [, data] = /data: (.*)\n/.exec(text) ?? []
      if (data) return JSON.parse(data)
    }
    return JSON.parse(text)
  },
  WebSocket: async (url, request, role) => {
    const socket = await openRawSocket(url.replace('http', 'ws'))
    await socket.init(await authorized(role))
    socket.send({ type: 'subscribe', id: '1', payload: request })
    const { type, payload } = await socket.next()
    socket.ws.terminate()
    return type === 'error' ? { errors: payload } : payload
  },
}

function codeOf({ errors: [error] }: Result) {
  return [error.message, error.extensions.code]
}

const ids: Readonly<Record<string, object>> = {
  documentId: { documentId: `sha256:${sha256(HELLO)}` },
  'documentId without the name of the hash': { documentId: sha256(HELLO) },
  'an id of another kind': { documentId: RELAY_ID },
  'extensions.documentId': { extensions: { documentId: `sha256:${sha256(HELLO)}` } },
  'extensions.persistedQuery': { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(HELLO) } } },
  'extensions.persistedQuery with the name of the hash': {
    extensions: { persistedQuery: { version: 1, sha256Hash: `sha256:${sha256(HELLO)}` } },
  },
}

for (const [transport, ask] of Object.entries(transports)) {
  test.each(Object.entries(ids))(`runs a trusted document over ${transport} by %s`, async (_, id) => {
    const { url } = await startSmallServer(TRUST)
    expect(await ask(url, id)).toEqual({ data: { hello: 'world' } })
  })

  test(`runs what is stored over ${transport}, whatever text comes beside the id`, async () => {
    const { url } = await startSmallServer(ONLY)
    expect(await ask(url, { documentId: sha256(HELLO), query: '{ broken }' })).toEqual({ data: { hello: 'world' } })
  })

  test(`says over ${transport} in the words of stock clients that an id is not known, or none is`, async () => {
    const id = { extensions: { persistedQuery: { version: 1, sha256Hash: sha256('{ me }') } } }
    const { url } = await startSmallServer(TRUST)
    expect(codeOf(await ask(url, id))).toEqual(['PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND'])
    expect(await ask(url, { ...id, query: '{ hello }' })).toEqual({ data: { hello: 'world' } })
    const without = await startSmallServer()
    const unsupported = ['PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED']
    for (const other of [id, { documentId: 'any' }]) expect(codeOf(await ask(without.url, other))).toEqual(unsupported)
    expect(await ask(without.url, { ...id, query: '{ hello }' })).toEqual({ data: { hello: 'world' } })
  })

  test(`lets customers and strangers run nothing else over ${transport} when that is wanted`, async () => {
    const { url } = await startSmallServer(ONLY)
    const message = 'Only trusted documents can be used here. Send the documentId of one.'
    for (const role of [undefined, 'customer'] as const) {
      for (const query of ['{ hello }', '{ nothing }', 'query Hello { hello', 'query Hello { hello hello }']) {
        expect(codeOf(await ask(url, { query }, role))).toEqual([message, 'FORBIDDEN'])
        expect(codeOf(await ask(url, { query, documentId: 'unknown' }, role))).toEqual([message, 'FORBIDDEN'])
      }
      for (const query of [HELLO, ' query   Hello{hello}# the same', '{ hello } '.replace('{', 'query Hello {')]) {
        expect(await ask(url, { query }, role)).toEqual({ data: { hello: 'world' } })
      }
    }
    expect(await ask(url, { query: '{ me }' }, 'agent')).toEqual({ data: { me: 'ann' } })
  })

  test(`says over ${transport} how an id is to be sent`, async () => {
    const { url } = await startSmallServer(TRUST)
    for (const name of ['doc_id', 'id']) {
      const { errors } = await ask(url, { [name]: sha256(HELLO) })
      expect(errors[0].message).toBe(`The id of a trusted document is sent as documentId, not as ${name}.`)
    }
    const { errors } = await ask(url, { documentId: 'x'.repeat(257) })
    expect(errors[0].message).toBe('The id of a document must be a text of 1 to 256 characters.')
  })
}

test.each(['Server-Sent Events', 'WebSocket'])('follows a trusted subscription over %s', async (transport) => {
  const { url } = await startSmallServer(ONLY)
  const result = await transports[transport]?.(url, { documentId: sha256(STATE) }, 'customer')
  expect(result).toEqual({ data: { state: 0 } })
})

test('runs a mutation by its id, but never by GET', async () => {
  const { url, stage } = await startSmallServer(ONLY)
  const request = { documentId: sha256(SAY), variables: { text: 'hi' } }
  const search = new URLSearchParams({ documentId: sha256(SAY), variables: '{"text":"never"}' })
  expect((await fetch(`${url}?${search}`)).status).toBe(405)
  expect(await transports['POST']?.(url, request)).toEqual({ data: { say: 'hi' } })
  expect(stage.said).toEqual(['hi'])
})

test('operations of trusted documents are counted by name, however they were asked', async () => {
  const { wsUrl, stage, url } = await startSmallServer(TRUST)
  const socket = await openRawSocket(wsUrl)
  await socket.init(await authorized('customer'))
  const requests = [{ query: LOG }, { documentId: sha256(LOG) }, { query: 'subscription Log\n{\n  log\n}' }]
  for (const [at, payload] of requests.entries()) socket.send({ type: 'subscribe', id: `${at}`, payload })
  await vi.waitFor(() => expect(stage.readers).toBe(3))
  stage.emit(7)
  const received = await Promise.all(requests.map(() => socket.next()))
  expect(received.map(({ payload }) => payload.data)).toEqual(requests.map(() => ({ log: 7 })))
  const metrics = await (await fetch(new URL('/metrics', url))).text()
  expect(metrics).toContain('herald_trusted_operations_total{operation="Log"} 3')
})

test('a server does not start with documents that it could not execute, and names each', async () => {
  const wrong = [
    { id: 'a', text: 'query Gone { nothing }' },
    { id: 'b', text: 'query Torn { hello' },
    { id: 'c', text: 'fragment F on Query { hello }' },
    { id: 'd', text: HELLO },
    { id: 'd', text: SAY },
  ]
  const start = startSmallServer({ trust: { texts: wrong, only: [] } })
  await expect(start).rejects.toThrow(
    [
      'TRUSTED_DOCUMENTS has documents that cannot be executed:',
      '  - Gone (a): Cannot query field "nothing" on type "Query". (line 1, column 14)',
      '  - Torn (b): Syntax Error: Expected Name, found <EOF>. (line 1, column 19)',
      '  - c: Fragment "F" is never used. (line 1, column 1)',
      '  - Say (d): two documents have this id.',
    ].join('\n'),
  )
})

test('warns of an id that is not the hash of its text', async () => {
  const { lines } = await startSmallServer({ trust: { texts: [{ id: sha256(SAY), text: HELLO }], only: [] } })
  const told = lines.map(({ msg }) => String(msg)).find((msg) => msg.includes('TRUSTED_DOCUMENTS'))
  expect(told).toBe(`TRUSTED_DOCUMENTS: Hello (${sha256(SAY)}): the id is not the SHA-256 of the text.`)
})
