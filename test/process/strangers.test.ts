import { describe, expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { scrape } from '../support/metrics.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const WRONG = { authorization: 'Bearer not-a-token' }

async function good(userId = 'ann') {
  return { authorization: `Bearer ${await signTestToken(userId)}` }
}

/** A server on which a stranger may do one thing per second, and ten at once. */
async function open(options: Parameters<typeof startSmallServer>[0] = {}) {
  const clock = createManualClock(Date.now())
  const server = await startSmallServer({ clock, ...options, limits: { anonymousPerSecond: 1, ...options.limits } })
  const from = (address: string, headers = {}) =>
    ask(server.url, '{ hello }', { 'x-forwarded-for': address, ...headers })
  return { clock, ...server, from }
}

/** Asks without a token until that is refused; how often it was answered. */
async function exhaust(send: () => Promise<{ status: number }>): Promise<number> {
  for (let count = 0; count < 100; count += 1) if ((await send()).status === 429) return count
  throw new Error('Never refused')
}

describe('strangers of an address', () => {
  test('get 429 with Retry-After over HTTP, and are answered when that is over', async () => {
    const { clock, url, lines } = await open()
    expect(await exhaust(() => ask(url, '{ hello }'))).toBeGreaterThan(5)
    const { status, headers, body } = await ask(url, '{ hello }')
    expect([status, headers.get('retry-after')]).toEqual([429, '1'])
    const [{ extensions }] = body['errors']
    expect(extensions.code).toBe('RATE_LIMITED')
    clock.advance(extensions.retryAfterMs)
    expect((await ask(url, '{ hello }')).status).toBe(200)
    expect(lines.find(({ msg }) => msg === 'refused')).toMatchObject({ advice: expect.stringContaining('TRUST_PROXY') })
  })

  test('pay for the length of their documents', async () => {
    const [short, long] = [await open(), await open()]
    const document = `{ hello ${'hello '.repeat(100)} }`
    expect(await exhaust(() => ask(long.url, document))).toBeLessThan(await exhaust(() => ask(short.url, '{ hello }')))
  })

  test('are refused before a document is looked at when others of their requests have used up the budget', async () => {
    const { url } = await open()
    const long = `{ hello ${'hello '.repeat(110)} }`
    const answers = await Promise.all(Array.from({ length: 9 }, () => ask(url, long)))
    const answered = answers.filter(({ status }) => status === 200)
    expect(answered.length).toBeGreaterThan(0)
    expect(answered.length).toBeLessThan(5)
    for (const { status, body } of answers.filter((answer) => !answered.includes(answer)))
      expect([status, body['errors'][0].extensions.code]).toEqual([429, 'RATE_LIMITED'])
  })

  test('have no large bodies read, with a length and without one', async () => {
    const { url } = await open()
    const json = JSON.stringify({ query: '{ me }', variables: { filler: 'x'.repeat(40_000) } })
    const send = async (body: BodyInit, headers = {}) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        duplex: 'half',
      } as RequestInit)
    expect((await send(json)).status).toBe(413)
    const refused = await send(new Blob([json]).stream())
    expect([refused.status, await refused.json()]).toMatchObject([
      413,
      { errors: [{ message: expect.stringContaining('32768'), extensions: { code: 'BAD_USER_INPUT' } }] },
    ])
    expect((await send(json, await good())).status).toBe(200)
  })

  test('pay for tokens that are refused, over HTTP and WebSockets alike', async () => {
    const { url, wsUrl } = await open()
    for (let n = 0; n < 5; n += 1) {
      expect((await ask(url, '{ hello }', WRONG)).status).toBe(401)
      const socket = await openRawSocket(wsUrl)
      socket.send({ type: 'connection_init', payload: WRONG })
      expect((await socket.closed).code).toBe(4401)
    }
    expect((await ask(url, '{ hello }', WRONG)).status).toBe(429)
    expect((await ask(url, '{ hello }')).status).toBe(429)
    await expect(openRawSocket(wsUrl)).rejects.toMatchObject({
      status: 429,
      headers: { 'retry-after': expect.stringMatching(/^\d$/) },
    })
  })

  test('do not keep those of the same address from being served who have a good token', async () => {
    const { url } = await open()
    await exhaust(() => ask(url, '{ hello }', WRONG))
    for (let n = 0; n < 50; n += 1) expect((await ask(url, '{ me }', await good(`user-${n}`))).status).toBe(200)
  })

  test('are told what is wrong with a token that was good once, and pay little for it', async () => {
    const { url } = await open()
    const expired = await signTestToken('ann', 'customer', { exp: Math.floor(Date.now() / 1_000) - 60 })
    for (let n = 0; n < 50; n += 1) {
      const { status, body } = await ask(url, '{ hello }', { authorization: `Bearer ${expired}` })
      expect([status, body['errors'][0].extensions.reason]).toEqual([401, 'expired'])
    }
    expect((await ask(url, '{ hello }')).status).toBe(200)
  })

  test('pay for sockets that say nothing', async () => {
    const { clock, url, wsUrl } = await open()
    const mute = await Promise.all(Array.from({ length: 12 }, () => openRawSocket(wsUrl)))
    clock.advance(4_000)
    for (const { closed } of mute) expect((await closed).code).toBe(4408)
    expect((await ask(url, '{ hello }')).status).toBe(429)
  })

  test('pay for what they ask on a socket', async () => {
    const { url, wsUrl } = await open()
    const socket = await openRawSocket(wsUrl)
    await socket.init()
    const hello = async (): Promise<{ status: number }> => {
      socket.subscribe('1', '{ hello }')
      const message = await socket.next()
      if (message['type'] === 'next') await socket.next()
      else
        expect(message['payload']).toMatchObject([
          { extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } },
        ])
      return { status: message['type'] === 'next' ? 200 : 429 }
    }
    expect(await exhaust(hello)).toBeLessThan(10)
    expect((await ask(url, '{ hello }')).status).toBe(429)
  })

  test('are not others: storms with good tokens cost an address nothing', async () => {
    const { url, wsUrl } = await open()
    for (let n = 0; n < 30; n += 1) {
      await (await openRawSocket(wsUrl)).init(await good(`user-${n}`))
      expect((await ask(url, '{ me }', await good(`user-${n}`))).status).toBe(200)
    }
    expect((await ask(url, '{ hello }')).status).toBe(200)
  })
})

describe('sockets without a token', () => {
  test('are bounded for each address', async () => {
    const { wsUrl } = await open({ limits: { anonymousPerSecond: 100, anonymousSockets: 2 } })
    const [first] = [await openRawSocket(wsUrl), await openRawSocket(wsUrl)]
    for (const socket of [first, await openRawSocket(wsUrl)]) await socket!.init()
    const third = await openRawSocket(wsUrl)
    third.send({ type: 'connection_init' })
    expect(await third.closed).toEqual({
      code: 1013,
      reason: 'This address has 2 connections without a token already.',
    })
    await (await openRawSocket(wsUrl)).init(await good())
    first!.ws.close()
    await first!.closed
    await expect
      .poll(async () => {
        const socket = await openRawSocket(wsUrl)
        socket.send({ type: 'connection_init' })
        return Promise.race([
          socket.next().then(
            ({ type }) => type,
            () => 'closed',
          ),
        ])
      })
      .toBe('connection_ack')
  })

  test('end after a while with a code that clients retry, unless somebody has said who they are', async () => {
    const { clock, wsUrl } = await open({ limits: { anonymousPerSecond: 100, anonymousSocketMs: 10_000 } })
    const [anonymous, late, known] = [
      await openRawSocket(wsUrl),
      await openRawSocket(wsUrl),
      await openRawSocket(wsUrl),
    ]
    for (const socket of [anonymous, late]) await socket.init()
    await known.init(await good())
    late.subscribe('1', '{ me }', { extensions: { headers: await good('bob') } })
    expect(await late.next()).toMatchObject({ type: 'next' })
    expect(await late.next()).toMatchObject({ type: 'complete' })
    clock.advance(12_000)
    expect(await anonymous.closed).toEqual({ code: 4408, reason: 'No token in time' })
    for (const socket of [late, known]) {
      socket.subscribe('2', '{ connection }')
      expect(await socket.next()).toMatchObject({ id: '2', type: 'next' })
    }
  })
})

describe('an address', () => {
  test('is that of the connection, whatever a header says, and operators are told once', async () => {
    const { from, lines } = await open()
    const count = await exhaust(() => from(`198.51.100.${Math.floor(Math.random() * 250)}`))
    expect(count).toBeLessThan(11)
    expect(lines.filter(({ advice }) => String(advice).startsWith('Set TRUST_PROXY'))).toHaveLength(1)
  })

  test('behind a proxy that is not believed is everybody: its sockets are not refused for one of them', async () => {
    const { from, wsUrl } = await open()
    await exhaust(() => from('198.51.100.1'))
    const socket = await openRawSocket(wsUrl, { headers: { 'x-forwarded-for': '198.51.100.2' } })
    await socket.init(await good())
  })

  test('is what a believed proxy says', async () => {
    const { from } = await open({ trustedProxies: 1 })
    await exhaust(() => from('198.51.100.1'))
    expect((await from('198.51.100.2')).status).toBe(200)
    // What the client itself wrote stands before what the proxy wrote.
    expect((await from('198.51.100.3, 198.51.100.1')).status).toBe(429)
    // The other half of an IPv6 address its owner chooses.
    await exhaust(() => from('2001:db8::1'))
    expect((await from('2001:db8::ffff')).status).toBe(429)
    expect((await from('2001:db8:0:1::1')).status).toBe(200)
  })

  test('does not forget what it owes, however many others come', async () => {
    const { from } = await open({ trustedProxies: 1 })
    await exhaust(() => from('198.51.100.1'))
    for (let n = 0; n < 300; n += 1) await from(`203.0.113.${n % 250}`)
    expect((await from('198.51.100.1')).status).toBe(429)
  })
})

describe('handshakes of an address', () => {
  test('leave places for others', async () => {
    const { wsUrl, url } = await open({ trustedProxies: 1, limits: { handshakes: 4, handshakesPerAddress: 2 } })
    const connect = (address: string) => openRawSocket(wsUrl, { headers: { 'x-forwarded-for': address } })
    const mute = [await connect('198.51.100.1'), await connect('198.51.100.1')]
    const waiting = connect('198.51.100.1')
    await expect.poll(async () => (await scrape({ url })).value('herald_handshakes_waiting')).toBe(1)
    const other = await connect('198.51.100.2')
    await other.init(await good())
    expect(mute.every(({ ws }) => ws.readyState === ws.OPEN)).toBe(true)
    await mute[0]!.init(await good())
    await (await waiting).init(await good())
  })
})
