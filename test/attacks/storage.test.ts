import { expect, test } from 'vitest'
import { endure, expectEndured, startTarget } from '../support/attack.ts'
import { type Answers, count, openHostile, openPoster, repeatedly } from '../support/hostile.ts'
import { post } from '../support/process.ts'

// A customer who stores as much as it can, over sockets and HTTP, is refused before the disk is full.

const SEND = 'mutation ($body: String!) { sendTicketMessage(input: { ticketId: "t", body: $body }) { isDuplicate } }'
const BODY = 'x'.repeat(65_000)

test('a customer who stores as much as it can', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const backend = await herald.token('shop', 'backend')
  await post(
    herald.url,
    backend,
    'mutation { upsertTicket(input: { id: "t", participants: [{ id: "mallory" }] }) { id } }',
  )
  const token = await herald.token('mallory')
  const ask = openPoster(herald.url, 4, token)
  const sockets = Array.from({ length: 4 }, () => openHostile(herald.wsUrl, token))
  for (const { opened } of sockets) expect(await opened).toBe('connected')
  const answers: Answers = new Map()
  const payload = { query: SEND, variables: { body: BODY } }
  const endured = await endure(herald, (isOver) =>
    repeatedly(sockets.length * 2, isOver, async (place, turn) => {
      const socket = sockets[place]
      count(answers, socket ? await socket.run(`${turn}`, payload) : await ask(JSON.stringify(payload)))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }),
  )
  expectEndured(endured)
  for (const answer of answers.keys()) expect(answer).toMatch(/^(next|200|((next|error|200|429) RATE_LIMITED))$/)
  const stored = (answers.get('next') ?? 0) + (answers.get('200') ?? 0)
  // What may be stored at once, and a little for the time.
  expect(stored * BODY.length, 'bytes').toBeLessThan(2 * 1024 * 1024)
  expect([...answers.keys()].some((answer) => answer.endsWith('RATE_LIMITED'))).toBe(true)
})
