import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { CommandOutcome } from '../../src/ingress/executor.ts'
import type { StreamEntry } from '../../src/ingress/redis-entries.ts'
import { openStreamConsumer } from '../../src/ingress/redis-stream-consumer.ts'
import { createCounter } from '../../src/lib/counter.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'

const EXECUTED: CommandOutcome = { is: 'executed' }

/** A stream of batches, and commands that end when they are told to. */
function openConsumer(batches: (readonly string[])[]) {
  const clock = createManualClock()
  const begun: string[] = []
  const finished: string[] = []
  const running = new Map<string, (outcome: CommandOutcome) => void>()
  const toEntry = (id: string): StreamEntry => ({ id, command: Buffer.from(id), text: id, reads: 1 })
  const consumer = openStreamConsumer({
    stream: 'commands',
    entries: {
      prepare: async () => {},
      oldest: async () => undefined,
      next: async () => {
        await setImmediate()
        return (batches.shift() ?? []).map(toEntry)
      },
      finish: async (id: string) => void finished.push(id),
    },
    lease: { hold: async () => true, release: async () => {} } as never,
    isOurs: () => true,
    executor: {
      read: (bytes: Buffer) => bytes,
      names: () => ({}),
      execute: (id: Buffer) => {
        begun.push(String(id))
        return new Promise<CommandOutcome>((resolve) => running.set(String(id), resolve))
      },
    } as never,
    letters: {} as never,
    counter: createCounter(['reclaimed']) as never,
    clock,
    log: silentLog(),
  })
  const end = (id: string): void => running.get(id)?.(EXECUTED)
  onTestFinished(async () => {
    const closing = consumer.close()
    for (const id of running.keys()) end(id)
    await closing
  })
  /** Lets the consumer go on, which reads again in each round. */
  const pass = async (ms = 0): Promise<void> => {
    clock.advance(ms)
    for (let turn = 0; turn < 20; turn += 1) {
      await setImmediate()
      clock.advance(0)
    }
  }
  return { begun, finished, end, pass }
}

test('a command that takes long holds up only those behind it for a second, and is finished in its time', async () => {
  const { begun, finished, end, pass } = openConsumer([['slow', 'quick'], ['next']])
  await pass()
  expect(begun).toEqual(['slow', 'quick'])
  end('quick')
  await pass(999)
  expect(begun).toEqual(['slow', 'quick'])
  await pass(1)
  expect(begun).toEqual(['slow', 'quick', 'next'])
  end('next')
  await pass()
  expect(finished).toEqual(['quick', 'next'])
  end('slow')
  await pass()
  expect(finished).toEqual(['quick', 'next', 'slow'])
})

test('with 128 under way nothing more is read until one has ended', async () => {
  const batch = (n: number) => Array.from({ length: 32 }, (_, index) => `${n}-${index}`)
  const { begun, end, pass } = openConsumer([batch(0), batch(1), batch(2), batch(3), ['last']])
  for (let round = 0; round < 6; round += 1) await pass(1_000)
  expect(begun.length).toBe(128)
  end('2-7')
  await pass(1_000)
  expect(begun.at(-1)).toBe('last')
})
