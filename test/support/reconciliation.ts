import { inspect } from 'node:util'
import { expect } from 'vitest'
import type { Follower, Received } from './followers.ts'

/** What one follower got of what was sent to it. */
export interface Account {
  readonly name: string
  readonly connections: number
  readonly expected: number
  /** Repeats aside. */
  readonly received: number
  /** Results that came after one with a larger number; repeats aside. */
  readonly disordered: number
  /** What came again, which is allowed: at least once. */
  readonly repeats: number
  readonly errors: readonly string[]
}

/** What came of what was sent, follower by follower. */
export interface Reconciliation {
  /** Notifications, and as many messages. */
  readonly events: number
  readonly seconds: number
  /** How often each thing was done to sockets and nodes. */
  readonly faults: Readonly<Record<string, number>>
  /** How often the sockets of all followers closed with each code, as the clients saw it. */
  readonly closes: Readonly<Record<string, number>>
  readonly accounts: readonly Account[]
}

function countDisorder({ numbers }: Received): number {
  return numbers.filter((number, index) => number < (numbers[index - 1] ?? -1)).length
}

/** Settles the account of a follower to which so many notifications and as many messages were sent. */
export function settle({ name, connections, notifications, messages, errors }: Follower, events: number): Account {
  return {
    name,
    connections,
    expected: 2 * events,
    received: notifications.numbers.length + messages.numbers.length,
    disordered: countDisorder(notifications) + countDisorder(messages),
    repeats: notifications.repeats + messages.repeats,
    errors: errors.map((error) => inspect(error, { depth: 0 })),
  }
}

/**
 * Expects that every fault happened, that each follower came back again and again and has everything in order, and that what came
 * again is bounded: an acknowledgement is asked for within two seconds and stored within another one, for each connection; and an older
 * socket that is silent holds its client back for three more.
 */
export function expectNothingLost({ events, seconds, faults, closes, accounts }: Reconciliation): void {
  expect(events).toBeGreaterThan(0)
  for (const kind of ['reset', 'terminated', 'half-open', 'stalled', 'kill -9', 'stopped']) {
    expect(faults[kind], kind).toBeGreaterThan(0)
  }
  expect(closes['1012']).toBeGreaterThan(0)
  for (const account of accounts) {
    const { expected, connections, repeats } = account
    expect(account).toMatchObject({ received: expected, disordered: 0, errors: [] })
    expect(connections).toBeGreaterThan(3)
    expect(repeats).toBeLessThan(6 * (expected / seconds) * connections)
  }
}
