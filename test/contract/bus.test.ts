import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type Bus, createBus, topic } from '../../src/bus/bus.ts'
import type { OpenLink } from '../../src/bus/link.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { createRedisLink } from '../../src/bus/redis-link.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { newPrefix, redisAddress, useRedis } from '../support/redis.ts'

const redis = useRedis()

const openOverRedis: OpenLink = (receiver) =>
  createRedisLink({
    address: redisAddress(redis.url()),
    prefix: newPrefix(),
    database: 'shop',
    clock: systemClock,
    log: silentLog(),
  })(receiver)

const implementations: readonly (readonly [name: string, openLink: OpenLink])[] = [
  ['in process', openLocalLink],
  ['through Redis', openOverRedis],
]

const rung = z.object({ n: z.number() })
const numbers = topic('numbers', rung)

/** Receives the events of a topic; `until` waits for an event. */
function receive(bus: Bus, name = numbers) {
  const received: number[] = []
  const waiting: (() => void)[] = []
  const subscription = bus.subscribe(name, {
    event: ({ n }) => {
      received.push(n)
      for (const wake of waiting.splice(0)) wake()
    },
    gap: () => {},
  })
  const until = async (n: number): Promise<void> => {
    while (!received.includes(n)) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { received, until, live: subscription.live, end: () => subscription.end() }
}

describe.each(implementations)('the bus %s', (_, openLink) => {
  const open = () => {
    const clock = createManualClock()
    const bus = createBus({ openLink, clock, log: silentLog() })
    onTestFinished(() => bus.close())
    return { bus, clock }
  }

  test('tells every listener of a topic, in order, and nobody else', async () => {
    const { bus } = open()
    const [one, two, other] = [receive(bus), receive(bus), receive(bus, topic('other', rung))]
    await Promise.all([one.live, two.live, other.live])
    for (const n of [1, 2, 3]) bus.publish(numbers, { n })
    bus.publish(topic('other', rung), { n: 9 })
    await Promise.all([one.until(3), two.until(3), other.until(9)])
    expect([one.received, two.received, other.received]).toEqual([[1, 2, 3], [1, 2, 3], [9]])
  })

  test('tells nothing to a listener that has ended', async () => {
    const { bus } = open()
    const [gone, there] = [receive(bus), receive(bus)]
    await Promise.all([gone.live, there.live])
    gone.end()
    gone.end()
    bus.publish(numbers, { n: 1 })
    await there.until(1)
    expect(gone.received).toEqual([])
  })

  test('goes on when a listener fails', async () => {
    const { bus } = open()
    const failing = bus.subscribe(numbers, {
      event: () => {
        throw new Error('broken listener')
      },
      gap: () => {},
    })
    const there = receive(bus)
    await Promise.all([failing.live, there.live])
    bus.publish(numbers, { n: 1 })
    await there.until(1)
  })

  test('answers a ping once a topic is live', async () => {
    const { bus } = open()
    await receive(bus).live
    await expect(bus.ping()).resolves.toBeUndefined()
  })

  test('receives a topic again after everyone had left it', async () => {
    const { bus, clock } = open()
    const first = receive(bus)
    await first.live
    first.end()
    clock.advance(60_000)
    const second = receive(bus)
    await second.live
    bus.publish(numbers, { n: 1 })
    await second.until(1)
  })
})

describe('the bus', () => {
  /** A link that only notes what it is asked to do. */
  const openNoted =
    (calls: string[], refusal?: Error): OpenLink =>
    (receiver) => ({
      send: (name) => calls.push(`send ${name}`),
      listen: async (name) => {
        calls.push(`listen ${name}`)
        if (refusal) throw refusal
      },
      unlisten: (name) => {
        calls.push(`unlisten ${name}`)
      },
      ping: async () => receiver.gap(),
      close: async () => {},
    })

  test('asks its link once per topic, and lets go only after a while without listeners', () => {
    const calls: string[] = []
    const clock = createManualClock()
    const bus = createBus({ openLink: openNoted(calls), clock, log: silentLog(), lingerMs: 5_000 })
    const [one, two] = [receive(bus), receive(bus)]
    one.end()
    two.end()
    clock.advance(4_999)
    const three = receive(bus)
    clock.advance(10_000)
    expect(calls).toEqual(['listen numbers'])
    three.end()
    clock.advance(5_000)
    expect(calls).toEqual(['listen numbers', 'unlisten numbers'])
  })

  test('passes a gap of the link on to every listener', async () => {
    const bus = createBus({ openLink: openNoted([]), clock: createManualClock(), log: silentLog() })
    let gaps = 0
    for (const name of ['a', 'b']) bus.subscribe(topic(name, rung), { event: () => {}, gap: () => gaps++ })
    await bus.ping()
    expect(gaps).toBe(2)
  })

  test('tells whoever waits that a topic cannot be received', async () => {
    const refusal = new Error('no link')
    const bus = createBus({ openLink: openNoted([], refusal), clock: createManualClock(), log: silentLog() })
    await expect(receive(bus).live).rejects.toBe(refusal)
  })
})
