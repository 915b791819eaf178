import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createBusStats } from '../../src/bus/bus-stats.ts'
import { MAX_ENVELOPE_BYTES } from '../../src/bus/envelope.ts'
import { listen, numbers, openBusNode } from '../support/bus-nodes.ts'
import { newPrefix, useRedis } from '../support/redis.ts'

const redis = useRedis()

/** A message of this many bytes, of which almost all are in characters of three bytes. */
function messageOf(n: number, bytes: number): string {
  const write = (text: string): string => JSON.stringify({ v: 1, node: 'x', event: { n, text } })
  const room = bytes - write('').length
  return write('€'.repeat(Math.floor(room / 3)) + 'x'.repeat(room % 3))
}

describe('a message between nodes', () => {
  test('that comes in is too large by its bytes, not by its characters', async () => {
    const [prefix, stats, client] = [newPrefix(), createBusStats(), new Redis(redis.url())]
    onTestFinished(() => client.disconnect())
    const there = listen(openBusNode({ url: redis.url(), prefix, canaryMs: 5_000, stats }))
    await there.live
    const [fits, tooLarge] = [messageOf(1, MAX_ENVELOPE_BYTES), messageOf(2, MAX_ENVELOPE_BYTES + 1)]
    expect([fits, tooLarge].map((message) => Buffer.byteLength(message) - MAX_ENVELOPE_BYTES)).toEqual([0, 1])
    for (const message of [fits, tooLarge, messageOf(3, 100)]) await client.publish(`${prefix}bus:numbers`, message)
    await there.receives(3)
    expect([there.received, there.gaps.count]).toEqual([[1, 3], 1])
    expect(Object.fromEntries(stats.drops.entries())).toEqual({ 'too large': 1 })
  })

  test('goes out with its event or without it by its bytes, not by its characters', async () => {
    const [prefix, stats] = [newPrefix(), createBusStats()]
    const one = openBusNode({ url: redis.url(), prefix, canaryMs: 5_000 })
    const there = listen(openBusNode({ url: redis.url(), prefix, canaryMs: 5_000, stats }))
    await Promise.all([there.live, listen(one).live])
    const most = Math.floor(MAX_ENVELOPE_BYTES / 3)
    // What is around the text is much shorter than 300 bytes.
    one.publish(numbers, { n: 1, text: '€'.repeat(most - 100) })
    one.publish(numbers, { n: 2, text: '€'.repeat(most + 1) })
    one.publish(numbers, { n: 3 })
    await there.receives(3)
    expect([there.received, there.gaps.count]).toEqual([[1, 3], 1])
    // The other node was not sent what it would have to drop.
    expect(Object.fromEntries(stats.drops.entries())).toEqual({})
  })
})
