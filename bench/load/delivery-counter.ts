/** What went wrong between publishing and receiving, in deliveries. */
export interface Faults {
  /** Never came. */
  readonly lost: number
  readonly repeated: number
  /** Came after a later one. */
  readonly disordered: number
}

/** What came to `after` since it was `before`. */
export function faultsSince(before: Faults, after: Faults): Faults {
  return {
    lost: after.lost - before.lost,
    repeated: after.repeated - before.repeated,
    disordered: after.disordered - before.disordered,
  }
}

/** Checks the numbers that each client gets. */
export interface DeliveryCounter {
  /** How many deliveries there were. */
  deliveries(): number
  /** Counts a delivery; the first that a client gets is where it begins. */
  take(client: number, number: number): void
  /** The next event that each client gets is where it begins anew. */
  restart(): void
  /** How many clients have this event of their topic. */
  haveReached(number: number): number
  /** What is wrong so far, when each client should have everything up to the number that `expected` says. */
  faults(expected: (client: number) => number): Faults
}

/** Begins with no deliveries; numbers of a client should go up by one. */
export function createDeliveryCounter(clients: number): DeliveryCounter {
  const last = new Int32Array(clients)
  const missing = new Map<number, Set<number>>()
  let deliveries = 0
  let repeated = 0
  let disordered = 0

  const skip = (client: number, from: number, to: number): void => {
    const set = missing.get(client) ?? new Set()
    for (let number = from; number < to; number += 1) set.add(number)
    missing.set(client, set)
  }

  return {
    deliveries: () => deliveries,
    take: (client, number) => {
      deliveries += 1
      const before = last[client] ?? 0
      if (number > before) {
        if (before > 0 && number > before + 1) skip(client, before + 1, number)
        last[client] = number
      } else if (missing.get(client)?.delete(number)) disordered += 1
      else repeated += 1
    },
    restart: () => {
      last.fill(0)
      missing.clear()
    },
    haveReached: (number) => last.reduce((count, reached) => count + (reached >= number ? 1 : 0), 0),
    faults: (expected) => {
      const skipped = missing.values().reduce((sum, set) => sum + set.size, 0)
      const behind = last.reduce((sum, reached, client) => sum + Math.max(0, expected(client) - reached), 0)
      return { lost: skipped + behind, repeated, disordered }
    },
  }
}
