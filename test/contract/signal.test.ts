import { describe, expect, test } from 'vitest'
import type { Bus } from '../../src/bus/bus.ts'
import type { SignalDescription } from '../../src/delivery/description.ts'
import { openEmbedded } from '../support/embedded.ts'
import { type Level, level, levels } from '../support/levels.ts'
import { read } from '../support/reader.ts'
import { withBus } from '../support/with-bus.ts'

describe('a signal', () => {
  const openSignal = (bus: Bus) =>
    withBus<SignalDescription<Level, Level>>(bus, {
      kind: 'signal',
      source: 'levels',
      scope: 'everyone',
      topics: [levels],
      take: (value) => (value.value < 0 ? undefined : value),
    })

  test('brings what happens, but not what is not meant for the viewer', async () => {
    const { bus } = await openEmbedded()
    const reader = read(openSignal(bus))
    const both = reader.take(2)
    await bus.ping()
    for (const value of [1, -1, 2]) bus.publish(levels, level('a', value))
    expect(await both).toEqual([level('a', 1), level('a', 2)])
  })

  test('drops what a slow reader leaves waiting', async () => {
    const { bus } = await openEmbedded()
    const reader = read(openSignal(bus))
    const first = reader.next()
    await bus.ping()
    for (let version = 1; version <= 1_000; version++) bus.publish(levels, level('a', version))
    await first
    let kept = 1
    for (let item = await reader.next(); item.version < 1_000 && item.key === 'a'; item = await reader.next()) {
      kept++
      if (kept === 50) bus.publish(levels, level('end', 1))
    }
    expect(kept).toBeLessThan(100)
  })
})
