import { type ExecutionResult, parse } from 'graphql'
import { expect, onTestFinished, test } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { createDeliveryStats } from '../../src/delivery/delivery-stats.ts'
import { createEngine } from '../../src/delivery/engine.ts'
import { operationId } from '../../src/delivery/message.ts'
import type { Delivery } from '../../src/delivery/sink.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { ReadSink } from '../support/read-sink.ts'
import { createSmallSchema } from '../support/small-schema.ts'

/** An engine that executes like this, and a connection. */
function open(execute: () => Promise<ExecutionResult> = async () => ({ data: {} })) {
  const bus = createBus({ openLink: openLocalLink, clock: systemClock, log: silentLog() })
  onTestFinished(bus.close)
  const { schema, stage } = createSmallSchema(bus)
  const stats = createDeliveryStats()
  const engine = createEngine({
    execute,
    mask: (result) => result,
    bus,
    readHead: async () => undefined,
    renewHistory: async () => {},
    stats,
  })
  const sink = new ReadSink(64)
  const subscribe = (field: string) => {
    const args = { schema, document: parse(`subscription { ${field} }`), documentDigest: field }
    const brought = { resume: undefined, onBegun: undefined, extensions: undefined, ending: sink }
    return engine.subscribe(args, { ...brought, sink, id: operationId('1') })
  }
  return { sink, stage, subscribe }
}

test('a subscription is delivered from when it is begun until it is stopped', async () => {
  const { sink, stage, subscribe } = open(async () => ({ data: { open: 0 } }))
  const delivery = (await subscribe('open')) as Delivery
  expect(stage.readers).toBe(1)
  expect((await sink.read())?.payload).toBe('{"data":{"open":0}}')
  delivery.stop()
  expect(stage.readers).toBe(0)
  delivery.stop()
})

test('nothing is delivered that was still being executed when it was stopped', async () => {
  const executing = Promise.withResolvers<ExecutionResult>()
  const begun = Promise.withResolvers<void>()
  const { sink, subscribe } = open(() => {
    begun.resolve()
    return executing.promise
  })
  const delivery = (await subscribe('open')) as Delivery
  await begun.promise
  delivery.stop()
  executing.resolve({ data: { open: 0 } })
  await new Promise(setImmediate)
  sink.complete()
  expect(await sink.read()).toBe(undefined)
})

test('what ends a subscription becomes its last result', async () => {
  const { sink, stage, subscribe } = open()
  await subscribe('open')
  await sink.read()
  stage.fail(new Error('over'))
  expect(sink.last).toMatchObject({ errors: [{ message: 'over' }] })
})

test('a refusal is one result', async () => {
  expect(await open().subscribe('refused')).toMatchObject({
    errors: [{ message: 'This is not for you.', path: ['refused'] }],
  })
})

test('what its client has ended while it was described is never begun', async () => {
  const { sink, stage, subscribe } = open()
  const answer = subscribe('late')
  await expect.poll(() => stage.waiting).toBe(1)
  sink.complete()
  stage.letGo()
  await answer
  expect(stage.readers).toBe(0)
})
