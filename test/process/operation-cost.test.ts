import { describe, expect, test } from 'vitest'
import { signTestToken, startTestApp, type TestApp } from '../support/app.ts'
import { type Answer, ask } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { connectDevice } from '../support/device.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

interface Request {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly extensions?: Readonly<Record<string, unknown>>
}

/** The first result of an operation. */
type Transport = (url: string, request: Request, token: string) => Promise<Answer>

const transports: Readonly<Record<string, Transport>> = {
  HTTP: async (url, request, token) => (await ask(url, { ...request }, { authorization: `Bearer ${token}` })).body,
  SSE: async (url, request, token) => {
    const controller = new AbortController()
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify(request),
      signal: controller.signal,
    })
    let text = ''
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      text += part
      const found = /^data: ?(\{.*\})$/m.exec(text)
      if (!found?.[1]) continue
      controller.abort()
      return JSON.parse(found[1])
    }
    throw new Error('The stream has ended without a result.')
  },
  WebSocket: async (url, { query, ...payload }, token) => {
    const socket = await openRawSocket(url.replace('http', 'ws'))
    await socket.init({ token })
    socket.subscribe('1', query, payload)
    const message = await socket.next()
    socket.ws.terminate()
    return message['type'] === 'error' ? { errors: message['payload'] } : message['payload']
  },
}

const MESSAGES = 10
const BODY = 'b'.repeat(5_000)
const aliases = Array.from({ length: 30 }, (_, n) => `m${n}: messages(last: $n) { nodes { body } }`).join(' ')
const DEAR = `query($n: Int!) { ticket(id: "42") { ${aliases} } }`
const LAST = 'query($n: Int!) { ticket(id: "42") { messages(last: $n) { nodes { body } } } }'
const CHANGED = 'subscription($n: Int!) { ticketChanged(ticketId: "42") { messages(last: $n) { nodes { body } } } }'

async function fill(app: TestApp): Promise<void> {
  const shop = await connectDevice(app, 'shop', 'backend')
  await shop.run('mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }] }) { id } }')
  for (let n = 0; n < MESSAGES; n += 1) {
    const body = JSON.stringify(BODY)
    await shop.run(`mutation { sendTicketMessage(input: { ticketId: "42", body: ${body} }) { isDuplicate } }`)
  }
}

describe.each(Object.entries(transports))('over %s', (transport, send) => {
  test('what costs too much is refused with what it costs', async () => {
    const app = await startTestApp()
    const token = await app.token('alice')
    const { errors, data } = await send(app.url, { query: DEAR, variables: { n: 100 } }, token)
    expect(data ?? null).toBeNull()
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', cost: 27_152, limit: 20_000 } }])
    expect(errors[0].message).toContain('costs 27152, at most 20000')
    expect((await send(app.url, { query: DEAR, variables: { n: 2 } }, token))['errors']).toBeUndefined()
  })

  test('a subscription that costs too much is refused', async () => {
    const { url } = await startTestApp({ env: { MAX_OPERATION_COST: '100' } })
    const { errors } = await send(url, { query: CHANGED, variables: { n: 50 } }, await signTestToken('alice'))
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', cost: 460, limit: 100 } }])
  })

  test('what costs too much does nothing', async () => {
    const app = await startTestApp({ env: { MAX_OPERATION_COST: '20' } })
    const query = 'mutation($input: NotifyInput!) { notify(input: $input) { recipients } }'
    const notify = (to: number) => {
      const userIds = ['alice', ...Array.from({ length: to - 1 }, (_, n) => `u${n}`)]
      return { query, variables: { input: { userIds, notification: { type: 'a.b', title: 'Hello' } } } }
    }
    const token = await app.token('shop', 'backend')
    expect((await send(app.url, notify(11), token))['errors']).toMatchObject([{ extensions: { cost: 21, limit: 20 } }])
    const unread = { query: '{ unreadCount { count } }' }
    expect((await send(app.url, unread, await app.token('alice')))['data']).toEqual({ unreadCount: { count: 0 } })
    expect((await send(app.url, notify(10), token))['data']).toEqual({ notify: { recipients: 10 } })
  })

  test('a request can ask what it costs, and what its user has left', async () => {
    const env = { MAX_USER_COST_PER_SECOND: '1', MAX_OPERATION_COST: '1000' }
    const app = await startTestApp({ env, clock: createManualClock(Date.now()) })
    const token = await app.token('alice')
    const query = 'query($n: Int!) { notifications(first: $n) { nodes { id body } } }'
    const asked = await send(app.url, { query, variables: { n: 7 }, extensions: { cost: true } }, token)
    expect(asked['extensions']).toEqual({ cost: { requested: 68, limit: 1_000, remaining: 1_000 - 68 } })
    expect(asked['data']).toEqual({ notifications: { nodes: [] } })
    const others: readonly Request['extensions'][] = [undefined, {}, { cost: false }, { cost: 'yes' }, { cost: {} }]
    for (const extensions of others) {
      const { extensions: said } = await send(
        app.url,
        { query, variables: { n: 7 }, ...(extensions && { extensions }) },
        token,
      )
      expect(said).toBeUndefined()
    }
    const again = await send(app.url, { query, variables: { n: 0 }, extensions: { cost: true } }, token)
    expect(again['extensions'].cost.remaining).toBe(1_000 - 6 * 68 - 5)
    const backend = await send(
      app.url,
      { query: '{ me { id } }', extensions: { cost: true } },
      await app.token('shop', 'backend'),
    )
    expect(backend['extensions']).toEqual({ cost: { requested: 1, limit: 1_000, remaining: null } })
  })

  if (transport !== 'HTTP') {
    test.each([
      ['a state', 'subscription { unreadCount { count } }', 10],
      ['a log', 'subscription($after: Cursor) { notificationAdded(after: $after) { id } }', 5],
    ])('a subscription to %s can ask what it costs', async (_, query, cost) => {
      const app = await startTestApp()
      const token = await app.token('alice')
      const { data } = await send(app.url, { query: '{ notifications { resumeCursor } }' }, token)
      const shop = await connectDevice(app, 'shop', 'backend')
      await shop.run(
        'mutation { notify(input: { userIds: ["alice"], notification: { type: "t", title: "Hi" } }) { recipients } }',
      )
      const variables = query.includes('$after') ? { after: data.notifications.resumeCursor } : {}
      const asked = await send(app.url, { query, variables, extensions: { cost: true } }, token)
      expect(asked['data']).toBeTruthy()
      expect(asked['extensions']).toMatchObject({
        cost: { requested: cost, limit: 20_000, remaining: expect.any(Number) },
      })
      expect((await send(app.url, { query, variables }, token))['extensions'] ?? {}).not.toHaveProperty('cost')
    })
  }

  test('an answer that is too large is refused', async () => {
    const app = await startTestApp({ env: { MAX_ANSWER_BYTES: '20000' } })
    await fill(app)
    const token = await app.token('alice')
    const { errors, data } = await send(app.url, { query: LAST, variables: { n: MESSAGES } }, token)
    expect(data ?? null).toBeNull()
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', limit: 20_000 } }])
    expect(errors[0].message).toContain('more than 20000 bytes')
    const less = await send(app.url, { query: LAST, variables: { n: 3 } }, token)
    expect(less['data'].ticket.messages.nodes).toHaveLength(3)
    const many = await send(app.url, { query: DEAR, variables: { n: 3 } }, token)
    expect(many['errors']).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', limit: 20_000 } }])
  })

  test('a mutation whose answer is too large says that it is done', async () => {
    const app = await startTestApp({ env: { MAX_ANSWER_BYTES: '20000' } })
    const shop = await connectDevice(app, 'shop', 'backend')
    const notify = 'mutation($input: NotifyInput!) { notify(input: $input) { notificationId } }'
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) {
      const input = { userIds: ['alice'], notification: { type: 'a.b', title: 'Hello', body: BODY } }
      ids.push((await shop.run(notify, { input }))['notify'].notificationId)
    }
    const token = await app.token('alice')
    const query = 'mutation($ids: [ID!]!) { markAsRead(ids: $ids) { notifications { body } } }'
    const { errors } = await send(app.url, { query, variables: { ids } }, token)
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(errors[0].message).toContain('It is done')
    const unread = await send(app.url, { query: '{ unreadCount { count } }' }, token)
    expect(unread['data']).toEqual({ unreadCount: { count: 0 } })
  })

  if (transport !== 'HTTP') {
    test('an event of a subscription that is too large is refused, too', async () => {
      const app = await startTestApp({ env: { MAX_ANSWER_BYTES: '20000' } })
      await fill(app)
      const token = await app.token('alice')
      const { errors } = await send(app.url, { query: CHANGED, variables: { n: MESSAGES } }, token)
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', limit: 20_000 } }])
      const { data } = await send(app.url, { query: CHANGED, variables: { n: 3 } }, token)
      expect(data.ticketChanged.messages.nodes).toHaveLength(3)
    })
  }
})

test('a refusal for what an operation costs is a 400 for clients that read the status', async () => {
  const { url } = await startSmallServer({ limits: { operationCost: 3, answerBytes: 1_000 } })
  const headers = { accept: 'application/graphql-response+json' }
  expect((await ask(url, '{ self { self { self { self { hello } } } } }', headers)).status).toBe(400)
  expect((await ask(url, '{ long(length: 900) }', headers)).status).toBe(200)
})
