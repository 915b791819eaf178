import { describe, expect, test } from 'vitest'
import { createBudget, createQuota } from '../../src/lib/budget.ts'
import { createManualClock } from '../support/clock.ts'

function caught(run: () => void): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was refused')
}

function count() {
  const counted = { refused: 0 }
  const onRefused = (): void => {
    counted.refused += 1
  }
  return { counted, told: { message: 'Too much.', advice: 'Raise X.', onRefused } }
}

describe('a budget', () => {
  const open = () => {
    const clock = createManualClock()
    const { counted, told } = count()
    return { clock, counted, budget: createBudget({ clock, perSecond: 10, burst: 20, ...told }) }
  }

  test('refuses what is not left, says when it will be, and counts that', () => {
    const { clock, counted, budget } = open()
    budget.take('ann', 20)
    expect(caught(() => budget.take('ann', 5))).toMatchObject({
      code: 'RATE_LIMITED',
      message: 'Too much.',
      advice: 'Raise X.',
      details: { retryAfterMs: 500 },
    })
    expect(counted.refused).toBe(1)
    clock.advance(500)
    budget.take('ann', 5)
    budget.take('bob', 20)
    expect(counted.refused).toBe(1)
  })

  test('says of what never fits that it does not, and takes nothing', () => {
    const { counted, budget } = open()
    expect(caught(() => budget.take('ann', 21))).toMatchObject({ code: 'BAD_USER_INPUT' })
    expect(counted.refused).toBe(1)
    budget.take('ann', 20)
  })

  test('takes also what is not left for what is done anyway, and tells of it only those who ask', () => {
    const { clock, counted, budget } = open()
    budget.charge('ann', 30)
    expect(counted.refused).toBe(0)
    expect(budget.waitMs('ann')).toBe(1_100)
    expect(budget.refusal('ann')).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 1_100 } })
    expect(budget.refusal('bob')).toBeUndefined()
    expect(counted.refused).toBe(1)
    clock.advance(1_100)
    expect(budget.refusal('ann')).toBeUndefined()
  })
})

describe('a quota', () => {
  test('refuses who would have too many, counts nothing then, and takes back what is over', () => {
    const { counted, told } = count()
    const quota = createQuota({ max: 10, ...told })
    quota.enter('ann', 6)
    expect(caught(() => quota.enter('ann', 5))).toMatchObject({ code: 'RATE_LIMITED', details: {} })
    expect(counted.refused).toBe(1)
    quota.enter('ann', 4)
    quota.enter('bob', 10)
    expect(caught(() => quota.enter('ann'))).toMatchObject({ code: 'RATE_LIMITED' })
    quota.leave('ann', 6)
    quota.enter('ann', 6)
  })

  test('says when to try again where that is known', () => {
    const quota = createQuota({ max: 0, retryAfterMs: 5_000, ...count().told })
    expect(caught(() => quota.enter('ann'))).toMatchObject({ details: { retryAfterMs: 5_000 } })
  })
})
