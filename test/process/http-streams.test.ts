import { expect, onTestFinished, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { resumeCursor } from '../../src/delivery/cursor.ts'
import { signTestToken } from '../support/app.ts'
import { createManualClock } from '../support/clock.ts'
import { startSmallServer } from '../support/small-server.ts'

/** As Apollo Client 4 asks for a subscription. */
const APOLLO =
  'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9'
const PART = '\r\ncontent-type: application/json\r\n\r\n'

/** The text of a stream, as it comes. */
async function openText(url: string, query: string, accept: string, meanwhile = async () => {}) {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const headers = {
    accept,
    'content-type': 'application/json',
    authorization: `Bearer ${await signTestToken('ann')}`,
  }
  const body = JSON.stringify({ query })
  const answered = fetch(url, { method: 'POST', headers, body, signal: controller.signal })
  await meanwhile()
  const response = await answered
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    response,
    /** Resolves when the whole text is this, and no more has come. */
    expectText: async (expected: string): Promise<void> => {
      while (text.length < expected.length) {
        const { done, value } = await reader.read()
        if (done) break
        text += value
      }
      expect(text).toBe(expected)
    },
    ended: async (): Promise<string> => {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return text
        text += value
      }
    },
  }
}

test('Apollo Client gets parts, each with the boundary behind it, so that it hands them on at once', async () => {
  const { url, stage } = await startSmallServer()
  const { response, expectText, ended } = await openText(url, 'subscription { open }', APOLLO)
  expect(response.headers.get('content-type')).toBe('multipart/mixed;boundary="graphql";subscriptionSpec="1.0"')
  const first = `--graphql${PART}{"payload":{"data":{"open":0}}}\r\n--graphql`
  await expectText(first)
  stage.emit(1)
  const second = `${first}${PART}{"payload":{"data":{"open":1}}}\r\n--graphql`
  await expectText(second)
  stage.fail(new Error('over'))
  const text = await ended()
  expect(text.slice(0, second.length)).toBe(second)
  expect(text.slice(second.length)).toMatch(
    /^\r\ncontent-type: application\/json\r\n\r\n\{"payload":\{"errors":.*\}\}\r\n--graphql--\r\n$/,
  )
})

test('a client that has gone before its stream begins leaves nothing behind', async () => {
  const checked = Promise.withResolvers<Viewer>()
  const asked = Promise.withResolvers<void>()
  const { url, stage, services, lines } = await startSmallServer({
    authenticate: () => {
      asked.resolve()
      return checked.promise
    },
  })
  const controller = new AbortController()
  const headers = { accept: 'text/event-stream', authorization: 'Bearer of-ann' }
  const response = fetch(`${url}?query=subscription{log}`, { headers, signal: controller.signal })
  await asked.promise
  controller.abort()
  await expect(response).rejects.toThrow()
  // It is seen that it has gone when the next one is answered.
  await fetch(`${url}?query={hello}`)
  checked.resolve({ userId: 'ann', role: 'CUSTOMER', name: null, avatarUrl: null, expiresAt: Number.POSITIVE_INFINITY })
  await expect.poll(() => lines.filter(({ msg }) => msg === 'connection closed')).toHaveLength(1)
  expect(stage.readers).toBe(0)
  expect(services.presence.localConnections('ann')).toBe(0)
})

test('a session that ends while its stream is begun says why', async () => {
  const { url, stage, services } = await startSmallServer()
  const { ended } = await openText(url, 'subscription { late }', 'text/event-stream', async () => {
    await expect.poll(() => stage.waiting).toBe(1)
    await services.presence.disconnect('ann', 'Signed out everywhere.')
    stage.letGo()
  })
  expect(await ended()).toContain('Signed out everywhere.')
  expect(stage.readers).toBe(0)
})

test('multipart of another kind, such as for @defer, is refused with what to ask for', async () => {
  const { url, stage } = await startSmallServer()
  const { response, ended } = await openText(url, 'subscription { log }', 'multipart/mixed;deferSpec=20220824')
  expect(response.status).toBe(406)
  expect(await ended()).toContain('subscriptionSpec=1.0')
  expect(stage.readers).toBe(0)
})

test('the id of an event is the cursor behind it, in logs and nowhere else', async () => {
  const { url, stage } = await startSmallServer()
  const log = await openText(url, 'subscription { log }', 'text/event-stream')
  await expect.poll(() => stage.readers).toBe(1)
  stage.emit(7)
  const cursor = resumeCursor('stage', 1)
  const data = JSON.stringify({ data: { log: 7 }, extensions: { cursor, resume: null } })
  await log.expectText(`:\n\nevent: next\nid: ${cursor}\ndata: ${data}\n\n`)
  const state = await openText(url, 'subscription { open }', 'text/event-stream')
  await state.expectText(':\n\nevent: next\ndata: {"data":{"open":0}}\n\n')
})

test.each([
  ['text/event-stream', ':\n\n', ':\n\n'],
  [APOLLO, '--graphql', `${PART}{}\r\n--graphql`],
])('a stream as %s says every 12 seconds that it is alive', async (accept, opening, heartbeat) => {
  const clock = createManualClock(Date.now())
  const { url, stage } = await startSmallServer({ clock })
  const { expectText } = await openText(url, 'subscription { log }', accept)
  await expect.poll(() => stage.readers).toBe(1)
  await expectText(opening)
  for (const count of [1, 2]) {
    clock.advance(13_000)
    await expectText(`${opening}${heartbeat.repeat(count)}`)
  }
})
