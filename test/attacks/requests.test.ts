import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { MAX_VALUES } from '../../src/lib/json-text.ts'
import { endure, expectEndured, FREE_IN_MALLOC_MIB, startTarget } from '../support/attack.ts'
import { type Answers, count, openHostile, openTcp, repeatedly } from '../support/hostile.ts'
import { writeLongConversation } from '../support/long-conversation.ts'

// What is sent is counted before it is read, held for nobody without bound, and read in turns.

function jsonHead(token: string, more: string): string {
  return `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\n${more}\r\n\r\n`
}

/** Lets go of something after so long, or when the attack is over. */
function whileGoesOn(ms: number, signal: AbortSignal): Promise<void> {
  return pause(ms, undefined, { signal }).catch(() => undefined)
}

test('messages that are dear to read, over twenty sockets', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const token = await herald.token('mallory')
  const sockets = Array.from({ length: 20 }, () => openHostile(herald.wsUrl, token))
  for (const { opened } of sockets) expect(await opened).toBe('connected')
  // One that has too many values to be read at all, and the dearest that have not.
  const keys = (count: number, write: (key: string) => string): string =>
    Array.from({ length: count }, (_, index) => write(`"k${index}":0`)).join()
  const fillers = [
    '{},'.repeat(330_000).slice(0, -1),
    keys(MAX_VALUES / 5 - 100, (key) => `{${key}}`),
    `{${keys(MAX_VALUES - 100, (key) => key)}}`,
  ]
  const answers: Answers = new Map()
  const endured = await endure(
    herald,
    (isOver) =>
      repeatedly(sockets.length, isOver, async (place, turn) => {
        const { ws, waitFor } = sockets[place]!
        const answer = waitFor(`${turn}`)
        ws.send(
          `{"id":"${turn}","type":"subscribe","payload":{"query":"{ me { id } }","variables":{"filler":[${fillers[turn % 3]}]}}}`,
        )
        count(answers, await answer)
      }),
    FREE_IN_MALLOC_MIB,
  )
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|error (BAD_USER_INPUT|RATE_LIMITED))$/)
})

test('requests by the thousand at once on twenty connections', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const requests = 'GET /live HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(1_500)
  const ends: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(20, isOver, async () => {
      const { tcp, closed } = openTcp(herald.url)
      tcp.write(requests)
      count(ends, await closed)
    }),
  )
  expectEndured(endured)
  expect([...ends.keys()].sort().join()).toMatch(/^200(,cut)?$/)
})

test('hundreds of bodies of which nobody says how long they are', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const head = jsonHead(await herald.token('mallory'), 'transfer-encoding: chunked')
  const filler = 'x'.repeat(1_000_000)
  const answers: Answers = new Map()
  const endured = await endure(
    herald,
    (isOver) =>
      repeatedly(300, isOver, async () => {
        const { tcp, closed } = openTcp(herald.url)
        tcp.write(`${head}${filler.length.toString(16)}\r\n${filler}\r\n`)
        await Promise.race([closed.then((what) => count(answers, what)), whileGoesOn(20_000, isOver)])
        tcp.destroy()
      }),
    FREE_IN_MALLOC_MIB,
  )
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(429|cut)$/)
})

test('requests that wait behind answers which are never taken', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  await writeLongConversation(herald, 100)
  const token = await herald.token('mallory')
  const ask = (query: string, variables = {}): string => {
    const body = JSON.stringify({ query, variables })
    return `${jsonHead(token, `content-length: ${body.length}`)}${body}`
  }
  const large = ask('{ ticket(id: "t") { messages(last: 100) { nodes { body } } } }')
  const small = ask('{ ticket(id: "t") { id } }', { filler: Array.from({ length: 5_000 }, () => ({})) })
  for (let n = 0; n < 10; n += 1) {
    const { tcp } = openTcp(herald.url)
    tcp.pause()
    tcp.write(large)
  }
  const ends: Answers = new Map()
  const endured = await endure(herald, (isOver) =>
    repeatedly(1_000, isOver, async () => {
      const { tcp, closed } = openTcp(herald.url)
      tcp.write(small)
      await whileGoesOn(3_000, isOver)
      tcp.destroy()
      count(ends, await closed)
    }),
  )
  expectEndured(endured)
  expect([...ends.keys()].sort().join()).toMatch(/^(429,)?cut$/)
})
