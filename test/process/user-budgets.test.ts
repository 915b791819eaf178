import { describe, expect, test } from 'vitest'
import { signTestToken, startTestApp, type TokenRole } from '../support/app.ts'
import { ask, openEventStream } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { connectDevice } from '../support/device.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { type SmallServer, startSmallServer } from '../support/small-server.ts'

async function bearer(userId = 'ann', role?: TokenRole) {
  return {
    authorization: `Bearer ${await signTestToken(userId, role)}`,
  }
}

/** What one operation gets: nothing wrong, or an error's extensions. */
type Try = () => Promise<{ readonly code: string; readonly retryAfterMs?: number } | undefined>

/** The ways in which a user can ask something. */
async function openWays({ url, wsUrl, stage }: SmallServer, userId = 'ann'): Promise<readonly Try[]> {
  const headers = await bearer(userId)
  const sockets = await Promise.all([1, 2].map(() => openRawSocket(wsUrl)))
  for (const socket of sockets) await socket.init(headers)
  return [
    async () => (await ask(url, '{ hello }', headers)).body['errors']?.[0].extensions,
    async () => {
      const response = await fetch(`${url}?query=%7Bhello%7D`, { headers })
      return (await response.json()).errors?.[0].extensions
    },
    async () => {
      const stream = await openEventStream(url, 'subscription { open }', headers)
      const { data } = (await stream.next()) ?? {}
      stage.fail(new Error('over'))
      while (await stream.next());
      return data?.['errors']?.[0].extensions
    },
    ...sockets.map(
      ({ subscribe, next }): Try =>
        async () => {
          subscribe('1', '{ hello }')
          const { type, payload } = await next()
          if (type === 'next') await next()
          return type === 'error' ? payload[0].extensions : undefined
        },
    ),
  ]
}

test('operations of a user count together, over HTTP, streams and all sockets', async () => {
  const clock = createManualClock(Date.now())
  const server = await startSmallServer({ clock, limits: { userOperationsPerSecond: 5 } })
  const ways = await openWays(server)
  for (const way of [...ways, ...ways]) expect(await way()).toBeUndefined()
  for (const way of ways) expect(await way()).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 200 })
  // Others have budgets of their own.
  for (const way of await openWays(server, 'bob')) expect(await way()).toBeUndefined()
  for (const way of ways) {
    clock.advance(200)
    expect(await way()).toBeUndefined()
    expect(await way()).toMatchObject({ code: 'RATE_LIMITED' })
  }
})

test('what operations cost counts together, and is given by the budget that one may use up alone', async () => {
  const clock = createManualClock(Date.now())
  const app = await startTestApp({ clock, env: { MAX_USER_COST_PER_SECOND: '100', MAX_OPERATION_COST: '1000' } })
  const device = await connectDevice(app, 'ann')
  const headers = await bearer()
  const page = '{ notifications(first: 100) { nodes { id } } }'
  const overHttp = async () => (await ask(app.url, page, headers)).body['errors']?.[0].extensions
  const overSocket = () =>
    device.run(page).then(
      () => undefined,
      (error) => error.extensions,
    )
  const overStream = async () => {
    const { response } = await openEventStream(app.url, 'subscription { notificationEvents { __typename } }', headers)
    return response.status
  }
  const ways = [overHttp, overSocket]
  let count = 0
  for (; count < 100; count += 1) if (await ways[count % 2]!()) break
  expect(count).toBeGreaterThan(4)
  expect(count).toBeLessThan(11)
  const refused = [await overHttp(), await overSocket()]
  for (const extensions of refused)
    expect(extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
  clock.advance(refused[0].retryAfterMs)
  expect(await overHttp()).toBeUndefined()
  expect(await overSocket()).toMatchObject({ code: 'RATE_LIMITED' })
  expect((await ask(app.url, page, headers)).status).toBe(429)
  while ((await overStream()) !== 429) expect(count++).toBeLessThan(200)
})

test('over HTTP the answer is 429 with Retry-After, before the body is read', async () => {
  const clock = createManualClock(Date.now())
  const { url, lines } = await startSmallServer({ clock, limits: { userOperationsPerSecond: 1 } })
  const headers = await bearer()
  for (let n = 0; n < 2; n += 1) await ask(url, '{ hello }', headers)
  for (const query of ['{ hello }', '{ wrong']) {
    const { status, headers: answered } = await ask(url, query, headers)
    expect([status, answered.get('retry-after')]).toEqual([429, '1'])
  }
  const stream = await openEventStream(url, 'subscription { open }', headers)
  expect([stream.response.status, stream.response.headers.get('retry-after')]).toEqual([429, '1'])
  expect(lines.find(({ msg }) => msg === 'refused')).toMatchObject({
    answer: 429,
    advice: expect.stringContaining('MAX_USER_OPERATIONS_PER_SECOND'),
  })
})

test('subscriptions of a user count together, and are given back however they end', async () => {
  const server = await startSmallServer({ limits: { subscriptionsPerUser: 3 } })
  const { url, wsUrl, stage } = server
  const headers = await bearer()
  const [one, two] = [await openRawSocket(wsUrl), await openRawSocket(wsUrl)]
  for (const socket of [one, two]) await socket.init(headers)
  one.subscribe('1', 'subscription { log }')
  two.subscribe('1', 'subscription { log }')
  const stream = await openEventStream(url, 'subscription { log }', headers)
  await expect.poll(() => stage.readers).toBe(3)
  const refused = await openEventStream(url, 'subscription { log }', headers)
  expect(refused.response.status).toBe(429)
  two.subscribe('2', 'subscription { log }')
  expect(await two.next()).toMatchObject({
    id: '2',
    type: 'error',
    payload: [{ extensions: { code: 'RATE_LIMITED' } }],
  })
  stream.abort()
  one.ws.close()
  await expect.poll(() => stage.readers).toBe(1)
  for (const id of ['3', '4']) two.subscribe(id, 'subscription { log }')
  await expect.poll(() => stage.readers).toBe(3)
  two.send({ type: 'complete', id: '3' })
  await expect.poll(() => stage.readers).toBe(2)
  two.subscribe('5', 'subscription { log }')
  await expect.poll(() => stage.readers).toBe(3)
})

const NOTIFY =
  'mutation { notify(input: { userIds: ["ann"], notification: { type: "t", title: "Hi" } }) { recipients } }'
const TICKET = 'mutation { upsertTicket(input: { id: "1", participants: [{ id: "ann" }, { id: "bob" }] }) { id } }'

function send(body: string) {
  return `mutation { sendTicketMessage(input: { ticketId: "1", body: "${body}" }) { message { id } } }`
}

/** Whose mutations count. */
async function openDesk(env: Record<string, string>) {
  const clock = createManualClock(Date.now())
  const app = await startTestApp({ clock, env })
  const shop = await connectDevice(app, 'shop', 'backend')
  await shop.run(TICKET)
  const run = async (
    query: string,
    userId = 'ann',
    role?: TokenRole,
  ): Promise<{ code?: string; retryAfterMs?: number }> => {
    const { body } = await ask(app.url, query, await bearer(userId, role))
    return body['errors']?.[0].extensions ?? {}
  }
  return { clock, app, shop, run }
}

describe('writes', () => {
  test('of a user count together, whatever they write; reading does not', async () => {
    const { clock, app, run } = await openDesk({ MAX_WRITES_PER_MINUTE: '6' })
    const ann = await connectDevice(app, 'ann')
    await ann.run(send('One'))
    for (const write of [
      send('Two'),
      'mutation { markTicketAsRead(ticketId: "1", upToNumber: 1) { id } }',
      'mutation { setTyping(ticketId: "1", isTyping: true) { accepted } }',
      'mutation { markAllAsRead { changed } }',
      'mutation { markAsSeen(ids: ["x"]) { changed } }',
    ]) {
      expect((await run(write)).code).not.toBe('RATE_LIMITED')
    }
    expect(await run(send('Six'))).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 10_000 })
    await expect(ann.run(send('Six'))).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect(await run('{ unreadCount { count } }')).toEqual({})
    expect(await run(send('Mine'), 'bob')).toEqual({})
    clock.advance(10_000)
    expect(await run(send('Six'))).toEqual({})
  })

  test('of a backend are its own business', async () => {
    const { shop } = await openDesk({
      MAX_WRITES_PER_MINUTE: '1',
      MAX_USER_OPERATIONS_PER_SECOND: '1',
      MAX_STORED_BYTES_PER_MINUTE: '1',
    })
    for (let n = 0; n < 20; n += 1) await shop.run(NOTIFY)
  })

  test('store only so many bytes of a user in a minute, by messages and by edits', async () => {
    const { clock, run } = await openDesk({ MAX_STORED_BYTES_PER_MINUTE: '30000', MAX_MESSAGE_BYTES: '40000' })
    for (let n = 0; n < 3; n += 1) expect(await run(send('x'.repeat(39_000)))).toEqual({})
    const refused = await run(send('x'.repeat(39_000)))
    expect(refused.code).toBe('RATE_LIMITED')
    expect(await run(send('short'))).toEqual({})
    clock.advance((refused.retryAfterMs ?? 0) + 1_000)
    expect(await run(send('x'.repeat(39_000)))).toEqual({})
  })

  test('of the customers of a ticket count together, and never keep the staff from answering', async () => {
    const { clock, run } = await openDesk({ MAX_TICKET_MESSAGES_PER_MINUTE: '4' })
    for (const userId of ['ann', 'bob', 'ann', 'bob']) expect(await run(send('Hello'), userId)).toEqual({})
    for (const userId of ['ann', 'bob']) {
      expect(await run(send('Again'), userId)).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 15_000 })
    }
    for (let n = 0; n < 10; n += 1) expect(await run(send('What is it?'), 'agent', 'agent')).toEqual({})
    clock.advance(15_000)
    expect(await run(send('Again'), 'bob')).toEqual({})
  })

  test('of the customers of a ticket store only so many bytes in a minute', async () => {
    const { run } = await openDesk({
      MAX_TICKET_BYTES_PER_MINUTE: '30000',
      MAX_MESSAGE_BYTES: '50000',
      MAX_ATTACHMENTS: '1',
    })
    for (const userId of ['ann', 'bob']) expect(await run(send('x'.repeat(49_000)), userId)).toEqual({})
    expect(await run(send('x'.repeat(49_000)), 'ann')).toMatchObject({ code: 'RATE_LIMITED' })
    expect(await run(send('x'.repeat(49_000)), 'bob')).toMatchObject({ code: 'RATE_LIMITED' })
  })

  test('that are sent again cost the ticket nothing', async () => {
    const { run } = await openDesk({ MAX_TICKET_MESSAGES_PER_MINUTE: '1' })
    const once =
      'mutation { sendTicketMessage(input: { ticketId: "1", body: "x", clientMessageId: "1" }) { isDuplicate } }'
    for (let n = 0; n < 3; n += 1) expect(await run(once)).toEqual({})
  })
})
