/** What followers got, compared with the numbers from 0 to `last` that each should have once and in order; numbers below 0 do not count. */
export function reconcile(all: readonly (readonly number[])[], last: number) {
  const counts = { followers: all.length, missing: 0, repeated: 0, outOfOrder: 0 }
  for (const got of all) {
    const events = got.filter((number) => number >= 0)
    const known = new Set(events)
    counts.missing += last + 1 - known.size
    counts.repeated += events.length - known.size
    counts.outOfOrder += events.filter((number, index) => number < (events[index - 1] ?? 0)).length
  }
  return counts
}
