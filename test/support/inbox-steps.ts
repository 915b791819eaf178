import fc, { type Arbitrary } from 'fast-check'
import type { BulkMark, Mark } from '../../src/notifications/notification.ts'

/**
 * All is marked up to a bound. Before that Ann takes the mark from some whose numbers are in `still`, after the bound, and afterwards from
 * those in `but`.
 */
interface MarkAll {
  readonly do: 'mark all'
  readonly mark: BulkMark
  readonly onlyRead: boolean
  readonly still: readonly number[]
  readonly category: string | null
  readonly back: number | null
  readonly but: readonly number[]
  readonly takesMs: number
}

/** What happens to the inbox of Ann. Numbers pick one of what there is then. */
export type InboxStep =
  | {
      readonly do: 'send'
      readonly to: 'ann' | 'both'
      readonly category: string
      readonly group: string | null
      readonly lastsMs: number | null
    }
  | { readonly do: 'announce'; readonly except: 'ann' | 'bob' | null; readonly lastsMs: number | null }
  | { readonly do: 'mark'; readonly mark: Mark; readonly which: readonly number[]; readonly takesMs: number }
  | MarkAll
  | { readonly do: 'retract' | 'delete'; readonly which: number }
  | { readonly do: 'update'; readonly which: number; readonly lastsMs: number | null | undefined }
  | { readonly do: 'snooze'; readonly which: readonly number[]; readonly forMs: number }
  | { readonly do: 'unsnooze'; readonly which: number }
  | { readonly do: 'prefer'; readonly category: string | null; readonly inApp: boolean | null }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'sweep' | 'prune' | 'lose events' | 'settle' }
  | { readonly do: 'wait and prune'; readonly days: number }
  | { readonly do: 'connect'; readonly device: number; readonly back: number; readonly takes: number | null }
  | { readonly do: 'read in pieces'; readonly device: number; readonly back: number }
  | { readonly do: 'cut'; readonly device: number }

export const DAY_MS = 24 * 60 * 60 * 1000
/** The last of them are the badge and what only receives of arrivals. */
export const DEVICES = 4

const category = fc.constantFrom('a', 'b')
const groupKey = fc.option(fc.constantFrom('g', 'h'), { freq: 1 })
const lastsMs = fc.option(fc.constantFrom(1_000, 5_000), { freq: 2 })
const anyCategory: Arbitrary<string | null> = fc.option(category)
const bound: Arbitrary<number | null> = fc.option(fc.nat(5))
const takes: Arbitrary<number | null> = fc.option(fc.nat(6), { freq: 2 })
const some = fc.nat(20)
/** How long Ann thinks before she does something: meanwhile something can expire, and goes with what she does. */
const takesMs = fc.constantFrom(0, 0, 1_000, 5_000)
const device = fc.nat(DEVICES - 1)

function does<Name extends InboxStep['do']>(name: Name) {
  return fc.constant(name)
}

const STEPS: readonly { readonly weight: number; readonly arbitrary: Arbitrary<InboxStep> }[] = [
  {
    weight: 7,
    arbitrary: fc.record({ do: does('send'), to: fc.constantFrom('ann', 'both'), category, group: groupKey, lastsMs }),
  },
  { weight: 2, arbitrary: fc.record({ do: does('announce'), except: fc.constantFrom(null, 'bob', 'ann'), lastsMs }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: does('mark'),
      // What is done and taken back again is where a replay goes wrong most easily.
      mark: fc.constantFrom<Mark>('SEEN', 'READ', 'READ', 'UNREAD', 'UNREAD', 'ARCHIVED', 'UNARCHIVED'),
      which: fc.array(some, { minLength: 1, maxLength: 3 }),
      takesMs,
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: does('mark all'),
      mark: fc.constantFrom<BulkMark>('READ', 'READ', 'SEEN', 'ARCHIVED', 'ARCHIVED'),
      onlyRead: fc.boolean(),
      still: fc.array(some, { maxLength: 2 }),
      category: anyCategory,
      back: bound,
      but: fc.array(some, { maxLength: 2 }),
      takesMs,
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('retract', 'delete'), which: some }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: does('update'),
      which: some,
      lastsMs: fc.constantFrom(undefined, undefined, undefined, null, 1_000, 5_000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: does('snooze'),
      which: fc.array(some, { minLength: 1, maxLength: 3 }),
      forMs: fc.constantFrom(500, 1_000, 5_000, 2 * DAY_MS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: does('unsnooze'), which: some }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: does('prefer'),
      category: anyCategory,
      inApp: fc.constantFrom(false, false, true, null),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: does('wait'), ms: fc.constantFrom(1_000, 5_000, DAY_MS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('sweep', 'prune', 'lose events', 'settle') }) },
  { weight: 4, arbitrary: fc.record({ do: does('wait and prune'), days: fc.constantFrom(1, 2, 2, 3) }) },
  {
    weight: 7,
    arbitrary: fc.record({ do: does('connect'), device, back: fc.nat(12), takes }),
  },
  { weight: 2, arbitrary: fc.record({ do: does('read in pieces'), device, back: fc.nat(12) }) },
  { weight: 4, arbitrary: fc.record({ do: does('cut'), device }) },
]

/** One history, and how much is read at a time in it. */
export const inboxHistory = fc.record({
  pages: fc.record({ additions: fc.integer({ min: 1, max: 4 }), changes: fc.integer({ min: 1, max: 6 }) }),
  steps: fc.array(fc.oneof(...STEPS), { minLength: 3, maxLength: 30, size: 'max' }),
})

export interface InboxHistory {
  readonly pages: { readonly additions: number; readonly changes: number }
  readonly steps: readonly InboxStep[]
}
