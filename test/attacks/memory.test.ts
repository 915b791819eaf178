import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { startTarget, type Target } from '../support/attack.ts'
import { type Answers, count, openHostile, openPoster, repeatedly } from '../support/hostile.ts'
import { post } from '../support/process.ts'

// With 512 MB of heap, whatever is sent ends in refusals and not in a crash.

const DOCUMENTS = 10_000
/** A slow machine tries fewer. */
const LONGEST_MS = 12_000
/** A document may say this much; what is kept of it in memory is a hundred times more. */
const FIELDS = 400

function document(n: number): string {
  return `query Q${n} { realtimeConfig { ${Array.from({ length: FIELDS }, () => 'unreadCap').join(' ')} } }`
}

function start(): Promise<Target> {
  return startTarget({}, '--max-old-space-size=512')
}

async function expectAlive({ url, token, child }: Target): Promise<void> {
  expect(child.exitCode).toBe(null)
  expect(await post(url, await token('ann'), '{ me { id } }')).toEqual({ me: { id: 'ann' } })
}

test('ten thousand different documents', { timeout: 120_000 }, async () => {
  const herald = await start()
  const token = await herald.token('mallory')
  const asks = [openPoster(herald.url, 2), openPoster(herald.url, 2, token)]
  const answers: Answers = new Map()
  let asked = 0
  const isOver = new AbortController()
  await repeatedly(4, AbortSignal.any([isOver.signal, AbortSignal.timeout(LONGEST_MS)]), async (place) => {
    asked += 1
    if (asked > DOCUMENTS) return isOver.abort()
    count(answers, await asks[place % 2]!(JSON.stringify({ query: document(asked) })))
  })
  for (const answer of answers.keys()) expect(answer).toMatch(/^(200|401 UNAUTHENTICATED|429 RATE_LIMITED)$/)
  await expectAlive(herald)
})

test('many subscriptions of many users with all the variables that they may have', { timeout: 120_000 }, async () => {
  const herald = await start()
  const query = 'subscription ($names: [String!]) { customEvent(names: $names) { id } }'
  const variables = {
    names: Array.from({ length: 100 }, (_, n) => `${n}${'x'.repeat(100)}`),
    filler: 'x'.repeat(200_000),
  }
  const answers: Answers = new Map()
  for (let user = 0; user < 6; user += 1) {
    const socket = openHostile(herald.wsUrl, await herald.token(`mallory-${user}`))
    expect(await socket.opened).toBe('connected')
    for (let n = 0; n < 100; n += 1)
      void socket.run(randomUUID(), { query, variables }).then((what) => count(answers, what))
    count(answers, await socket.run('last', { query: '{ me { id } }' }))
  }
  for (const answer of answers.keys())
    expect(answer).toMatch(/^(next|(next|error) (RATE_LIMITED|BAD_USER_INPUT)|closed (1013|4400))$/)
  await expectAlive(herald)
})
