/** A subscription that has not begun. */
interface Beginning {
  readonly id: string
  /** When waiting for it is over, by `performance.now()`. */
  readonly until: number
  readonly begun: Promise<void>
  readonly end: () => void
}

/** Subscriptions of one socket that have not begun; none for most of its time. */
export interface Beginnings {
  beginnings: readonly Beginning[]
}

/** So long at most an operation waits for a subscription: when a part is away that it needs, everything else goes on. */
export const MAX_BEGINNING_MS = 2_000

const NONE: readonly Beginning[] = []

/** A subscription has begun, or is over before. Telling it twice does nothing. */
export function hasBegun(owner: Beginnings, id: string): void {
  const ended = owner.beginnings.filter((one) => one.id === id)
  if (ended.length === 0) return
  const left = owner.beginnings.filter((one) => one.id !== id)
  owner.beginnings = left.length === 0 ? NONE : left
  for (const { end } of ended) end()
}

/** A subscription was sent: operations that are sent later wait for it. */
export function begins(owner: Beginnings, id: string): void {
  const { promise: begun, resolve: end } = Promise.withResolvers<void>()
  owner.beginnings = owner.beginnings.concat({ id, until: performance.now() + MAX_BEGINNING_MS, begun, end })
}

/** No subscription yet. */
export function noBeginnings(): readonly Beginning[] {
  return NONE
}

/** Resolves when all subscriptions that were sent before have begun, or their time is over. */
export async function whenBegun({ beginnings }: Beginnings): Promise<void> {
  const now = performance.now()
  const waiting = beginnings.filter(({ until }) => until > now)
  if (waiting.length === 0) return
  const tooLong = Promise.withResolvers<void>()
  const timer = setTimeout(tooLong.resolve, Math.max(...waiting.map(({ until }) => until)) - now)
  await Promise.race([Promise.all(waiting.map(({ begun }) => begun)), tooLong.promise])
  clearTimeout(timer)
}
