import { expect, test } from 'vitest'
import { createLog } from '../../src/lib/log.ts'
import { createOnceAMinute } from '../../src/lib/once-a-minute.ts'
import { createManualClock } from '../support/clock.ts'

function setUp() {
  const lines: Record<string, unknown>[] = []
  const log = createLog({
    level: 'warn',
    pretty: false,
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  })
  const clock = createManualClock()
  const once = createOnceAMinute(clock, log)
  const happen = (detail: string, rule = 'origin') =>
    once.warn({ rule, detail, fields: { rule, detail }, message: 'refused' })
  return { lines, clock, happen, told: () => lines.splice(0).map(({ detail, more }) => [detail, more]) }
}

test('what happens again is told once, and a minute later how often', () => {
  const { clock, happen, told } = setUp()
  for (let n = 0; n < 5; n += 1) happen('a')
  happen('b')
  expect(told()).toEqual([
    ['a', undefined],
    ['b', undefined],
  ])
  clock.advance(60_000)
  expect(told()).toEqual([['a', 4]])
  happen('b')
  happen('a')
  expect(told()).toEqual([['b', undefined]])
  clock.advance(60_000)
  expect(told()).toEqual([['a', 1]])
  clock.advance(120_000)
  happen('a')
  expect(told()).toEqual([['a', undefined]])
})

test('what anybody can make up costs eleven lines a rule and minute, and hides no other rule', () => {
  const { clock, happen, told } = setUp()
  for (let n = 0; n < 1_000; n += 1) happen(`origin ${n}`)
  happen('token', 'token')
  expect(told()).toHaveLength(12)
  clock.advance(60_000)
  expect(told()).toEqual([['origin 999', 989]])
})
