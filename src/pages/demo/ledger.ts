import { createValue, type Value } from './store.ts'

/** What was sent to somebody, and what of it is on the screen. */
export interface Ledger {
  readonly value: Value<LedgerCounts>
  /** Something was sent, and stored by Herald. A message is shown only while its ticket is open. */
  sent(id: string, ticketId?: string): void
  /** A ticket was closed on the screen: what of it was not shown yet does not count. */
  left(ticketId: string): void
  /** What is on the screen now, one entry for each. */
  onScreen(ids: readonly string[]): void
  /** Whether the person is connected. While they are not, what was sent is on the way. */
  connected(isConnected: boolean): void
}

export interface LedgerCounts {
  readonly sent: number
  readonly shown: number
  readonly onTheWay: number
  /** Sent long ago, and not shown although the person was connected since. */
  readonly missed: number
  /** More than once on the screen. */
  readonly doubled: number
}

/** How long something may take to be shown, in milliseconds, before it counts as missed. */
const LATE_MS = 5_000

/** Makes the ledger of one person. It knows only what was sent while this page was open. */
export function createLedger(): Ledger {
  const sentAt = new Map<string, { readonly at: number; readonly ticketId: string | undefined }>()
  const shown = new Set<string>()
  const value = createValue<LedgerCounts>({ sent: 0, shown: 0, onTheWay: 0, missed: 0, doubled: 0 })
  let doubled = 0
  let since: number | undefined

  const count = (): void => {
    const now = performance.now()
    const open = [...sentAt].filter(([id]) => !shown.has(id))
    const isLate = (at: number): boolean => since !== undefined && now - Math.max(at, since) >= LATE_MS
    const missed = open.filter(([, { at }]) => isLate(at)).length
    const next = {
      sent: sentAt.size,
      shown: sentAt.size - open.length,
      onTheWay: open.length - missed,
      missed,
      doubled,
    }
    if (JSON.stringify(next) !== JSON.stringify(value.getSnapshot())) value.set(next)
    if (next.onTheWay > 0) setTimeout(count, LATE_MS)
  }

  return {
    value,
    sent: (id, ticketId) => {
      sentAt.set(id, { at: performance.now(), ticketId })
      count()
    },
    left: (ticketId) => {
      for (const [id, sent] of sentAt) if (sent.ticketId === ticketId && !shown.has(id)) sentAt.delete(id)
      count()
    },
    onScreen: (ids) => {
      for (const id of ids) shown.add(id)
      doubled = Math.max(doubled, ids.length - new Set(ids).size)
      count()
    },
    connected: (isConnected) => {
      if (isConnected === (since !== undefined)) return
      since = isConnected ? performance.now() : undefined
      count()
    },
  }
}
