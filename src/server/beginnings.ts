/** A subscription that was sent and has not begun. */
interface Beginning {
  readonly id: string
  /** When operations no longer wait for it, by `performance.now()`. */
  readonly until: number
  readonly begun: Promise<void>
  readonly end: () => void
}

/** The subscriptions of one connection that have not begun; mostly there are none. */
export interface Beginnings {
  beginnings: readonly Beginning[]
}

/**
 * How long an operation waits for a subscription at most, in milliseconds. When a part that the subscription needs is down, everything else
 * goes on.
 */
export const MAX_BEGINNING_MS = 2_000

const NONE: readonly Beginning[] = []

/** Marks a subscription as begun, or as over before that; operations that wait for it go on. Calling it twice does nothing. */
export function hasBegun(owner: Beginnings, id: string): void {
  const ended = owner.beginnings.filter((one) => one.id === id)
  if (ended.length === 0) return
  const left = owner.beginnings.filter((one) => one.id !== id)
  owner.beginnings = left.length === 0 ? NONE : left
  for (const { end } of ended) end()
}

/** Marks a subscription as sent; operations that are sent later wait for it. */
export function begins(owner: Beginnings, id: string): void {
  const { promise: begun, resolve: end } = Promise.withResolvers<void>()
  owner.beginnings = owner.beginnings.concat({ id, until: performance.now() + MAX_BEGINNING_MS, begun, end })
}

/** The beginnings of a connection on which no subscription waits to begin. */
export function noBeginnings(): readonly Beginning[] {
  return NONE
}

/** Resolves when all subscriptions that were sent before have begun, or after 2 seconds at most. */
export async function whenBegun({ beginnings }: Beginnings): Promise<void> {
  const now = performance.now()
  const waiting = beginnings.filter(({ until }) => until > now)
  if (waiting.length === 0) return
  const tooLong = Promise.withResolvers<void>()
  const timer = setTimeout(tooLong.resolve, Math.max(...waiting.map(({ until }) => until)) - now)
  await Promise.race([Promise.all(waiting.map(({ begun }) => begun)), tooLong.promise])
  clearTimeout(timer)
}
