import { type ExecutionResult, parse } from 'graphql'
import { expect, test } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { createDeliveryStats } from '../../src/delivery/delivery-stats.ts'
import type { ResultStream } from '../../src/delivery/results.ts'
import { createSubscribe } from '../../src/delivery/subscribe.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { createSmallSchema } from '../support/small-schema.ts'

const bus = createBus({ openLink: openLocalLink, clock: systemClock, log: silentLog() })

const subscribeTo = async (execute: () => Promise<ExecutionResult>) => {
  const { schema, stage } = createSmallSchema()
  const { stream } = createSubscribe({
    execute,
    mask: (result) => result,
    bus,
    readHead: async () => undefined,
    stats: createDeliveryStats(),
  })
  const results = (await stream({
    schema,
    document: parse('subscription { open }'),
    documentDigest: 'open',
  })) as ResultStream
  return { results, stage }
}

test('begins a feed with the first reading', async () => {
  const { results, stage } = await subscribeTo(async () => ({ data: { open: 0 } }))
  expect(stage.readers).toBe(0)
  expect(await results.next()).toEqual({ done: false, value: { data: { open: 0 } } })
  expect(stage.readers).toBe(1)
})

test('ends at once while a reading waits', async () => {
  const { results, stage } = await subscribeTo(async () => ({ data: {} }))
  await results.next()
  const waiting = results.next()
  expect(await results.return?.()).toEqual({ done: true, value: undefined })
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await results.next()).toEqual({ done: true, value: undefined })
  expect(stage.readers).toBe(0)
})

test('delivers nothing that was still being executed when it ended', async () => {
  const executing = Promise.withResolvers<ExecutionResult>()
  const begun = Promise.withResolvers<void>()
  const { results } = await subscribeTo(() => {
    begun.resolve()
    return executing.promise
  })
  const waiting = results.next()
  await begun.promise
  await results.return?.()
  executing.resolve({ data: { open: 0 } })
  expect(await waiting).toEqual({ done: true, value: undefined })
})

test('makes a last result of what ends the feed, and then has ended', async () => {
  const { results, stage } = await subscribeTo(async () => ({ data: {} }))
  await results.next()
  const waiting = results.next()
  stage.fail(new Error('over'))
  expect(await waiting).toMatchObject({ done: false, value: { errors: [{ message: 'over' }] } })
  expect(await results.next()).toEqual({ done: true, value: undefined })
})

test('answers a refusal as one result', async () => {
  const { schema } = createSmallSchema()
  const { stream } = createSubscribe({
    execute: async () => ({}),
    mask: (result) => result,
    bus,
    readHead: async () => undefined,
    stats: createDeliveryStats(),
  })
  expect(
    await stream({ schema, document: parse('subscription { refused }'), documentDigest: 'refused' }),
  ).toMatchObject({
    errors: [{ message: 'This is not for you.', path: ['refused'] }],
  })
})
