import { setInterval } from 'node:timers'
import { expect, onTestFinished, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openEventStream } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { headOf, openRawRequest } from '../support/raw-request.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

/** Short ones, so that nobody has to wait for the usual ones. */
const limits = { headersMs: 500, requestMs: 1_000 }
/** Longer than all of them and the time between two looks. */
const TIMEOUT_MS = 10_000
const TIMEOUT = { timeout: TIMEOUT_MS }

function drip(write: (text: string) => void, text: string): void {
  const timer = setInterval(() => write(text), 100)
  onTestFinished(() => clearInterval(timer))
}

test.each([
  ['a connection that says nothing', () => {}],
  ['half a head', (write: (text: string) => void) => write('POST /graphql HTTP/1.1\r\nHost: localhost\r\n')],
  [
    'a head that comes letter by letter',
    (write: (text: string) => void) => {
      write('POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Long: ')
      drip(write, 'x')
    },
  ],
  [
    'a head of a WebSocket that does not end',
    (write: (text: string) => void) => write('GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n'),
  ],
  ['half a body', (write: (text: string) => void) => write(`${headOf({ 'content-length': 100 })}{"query":`)],
  [
    'a body that comes letter by letter',
    (write: (text: string) => void) => {
      write(`${headOf({ 'content-length': 1_000 })}{"query":"`)
      drip(write, ' ')
    },
  ],
  [
    'a body in chunks that come one by one',
    (write: (text: string) => void) => {
      write(headOf({ 'transfer-encoding': 'chunked' }))
      drip(write, '1\r\n \r\n')
    },
  ],
])(
  'ends %s with 408',
  async (_, send) => {
    const { url } = await startSmallServer({ limits })
    const request = await openRawRequest(url)
    send(request.write)
    expect(await request.status).toBe(408)
    expect(await request.ended).toContain('did not come in time')
  },
  TIMEOUT_MS,
)

test(
  'lets a client with a token be as slow as that, too',
  async () => {
    const { url } = await startSmallServer({ limits })
    const request = await openRawRequest(url)
    request.write(headOf({ 'content-length': 100, authorization: `Bearer ${await signTestToken('ann')}` }))
    expect(await request.status).toBe(408)
  },
  TIMEOUT_MS,
)

test(
  'lets a connection rest between two requests',
  async () => {
    const { url } = await startSmallServer({ limits })
    const mute = await openRawRequest(url)
    const resting = await openRawRequest(url)
    const ask = () => resting.write(headOf({}, 'GET').replace('/graphql', '/live'))
    ask()
    await expect.poll(() => resting.text).toContain('"live"')
    // Longer than a request may take.
    await mute.ended
    const second = await openRawRequest(url)
    second.write(headOf({ 'content-length': 100 }))
    await second.ended
    ask()
    await expect.poll(() => resting.text.match(/"live"/g)?.length).toBe(2)
  },
  TIMEOUT_MS * 2,
)

test(
  'does not touch a stream that is being answered',
  async () => {
    const { url, stage } = await startSmallServer({ limits })
    const stream = await openEventStream(url, 'subscription { open }')
    await expect.poll(() => stage.readers).toBe(1)
    const late = await openRawRequest(url)
    late.write(headOf({ 'content-length': 100 }))
    await late.ended
    stage.emit(7)
    expect(await stream.next()).toMatchObject({ event: 'next', data: { data: { open: 0 } } })
    expect(await stream.next()).toMatchObject({ event: 'next', data: { data: { open: 7 } } })
  },
  TIMEOUT_MS,
)

test('a WebSocket that does not say who it is ends after three seconds, and gives its turn on after one', async () => {
  const clock = createManualClock(Date.now())
  const { wsUrl } = await startSmallServer({ clock, limits: { handshakes: 1 } })
  const mute = await openRawSocket(wsUrl)
  const next = openRawSocket(wsUrl)
  await expect
    .poll(() => {
      clock.advance(100)
      return Promise.race([next.then(() => 'open'), new Promise((resolve) => setImmediate(resolve, 'waits'))])
    }, TIMEOUT)
    .toBe('open')
  expect(mute.ws.readyState).toBe(mute.ws.OPEN)
  await (await next).init()
  clock.advance(4_000)
  expect(await mute.closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' })
})
