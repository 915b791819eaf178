import { expect, test } from 'vitest'
import { endure, expectEndured, startTarget } from '../support/attack.ts'
import { type Answers, count, openPoster, repeatedly } from '../support/hostile.ts'

// A backend may send as much as it likes, and what it tells few people comes in between.

const USERS = 5_000
const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { recipients } }'

test('a backend that notifies thousands again and again', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const send = openPoster(herald.url, 1, await herald.token('shop', 'backend'))
  const userIds = Array.from({ length: USERS }, (_, n) => `user-${n}`)
  const body = JSON.stringify({
    query: NOTIFY,
    variables: { input: { userIds, notification: { type: 'a.b', title: 'To many' } } },
  })
  const answers: Answers = new Map()
  const endured = await endure(herald, (isOver) => repeatedly(1, isOver, async () => count(answers, await send(body))))
  expectEndured(endured)
  expect([...answers.keys()]).toEqual(['200'])
})
