import { newerSelectedCount, type Selected } from './inbox-lists.ts'

/** Keeps answers from showing a count that is older than one that was shown. */
export interface NewestCount {
  /** The data of a result, in which an older count is replaced by the newest. Begins anew when `isFirst`: after a restored backup, revisions begin lower. */
  readonly apply: (data: unknown, isFirst: boolean) => unknown
  /** Begins anew. */
  readonly forget: () => void
}

function isCount(value: unknown): value is Selected {
  return (value as Selected | null | undefined)?.['__typename'] === 'UnreadCount'
}

/** Creates what keeps the newest count. */
export function createNewestCount(): NewestCount {
  let newest: Selected | undefined
  const take = (count: Selected): Selected => {
    newest = newerSelectedCount(newest, count)
    // As its document has asked for it.
    const taken = newest
    return Object.fromEntries(Object.keys(count).map((name) => [name, taken[name]]))
  }
  const takeIn = (value: unknown): unknown => {
    if (isCount(value)) return take(value)
    const { unread } = (value ?? {}) as { readonly unread?: unknown }
    return isCount(unread) ? { ...(value as object), unread: take(unread) } : value
  }
  return {
    apply: (data, isFirst) => {
      const entries = Object.entries((data ?? {}) as object)
      if (isFirst && entries.some(([, value]) => isCount(value))) newest = undefined
      return data && Object.fromEntries(entries.map(([name, value]) => [name, takeIn(value)]))
    },
    forget: () => {
      newest = undefined
    },
  }
}
