import fc, { type Arbitrary } from 'fast-check'

/** What happens to tickets of Ann's, which Sam of the staff sees to. Numbers pick one of what there is then. */
export type TicketStep =
  | { readonly do: 'say'; readonly ticket: string; readonly who: 'ann' | 'sam' | 'backend'; readonly isNote: boolean }
  | { readonly do: 'edit' | 'delete'; readonly which: number }
  | { readonly do: 'read'; readonly ticket: string; readonly who: 'ann' | 'sam' }
  | { readonly do: 'rename' | 'give to Sam' | 'take from Sam' | 'shut Ann out' | 'let Ann in'; readonly ticket: string }
  | { readonly do: 'lose events' | 'settle' }
  | { readonly do: 'connect'; readonly device: number; readonly back: number; readonly takes: number | null }
  | { readonly do: 'read in pieces'; readonly device: number; readonly back: number }
  | { readonly do: 'cut'; readonly device: number }

const ticket = fc.constantFrom('t1', 't2')
const device = fc.nat(3)
const takes: Arbitrary<number | null> = fc.option(fc.nat(6), { freq: 2 })

function does<Name extends TicketStep['do']>(...names: readonly Name[]) {
  return fc.constantFrom(...names)
}

const who = fc.constantFrom('ann', 'sam', 'backend')

const STEPS: readonly { readonly weight: number; readonly arbitrary: Arbitrary<TicketStep> }[] = [
  { weight: 6, arbitrary: fc.record({ do: does('say'), ticket, who, isNote: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: does('edit', 'delete'), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: does('read'), ticket, who: fc.constantFrom('ann', 'sam') }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: does('rename', 'give to Sam', 'take from Sam', 'shut Ann out', 'let Ann in'), ticket }),
  },
  { weight: 2, arbitrary: fc.record({ do: does('lose events', 'settle') }) },
  { weight: 6, arbitrary: fc.record({ do: does('connect'), device, back: fc.nat(12), takes }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: does('read in pieces'), device, back: fc.nat(12) }),
  },
  { weight: 2, arbitrary: fc.record({ do: does('cut'), device }) },
]

/** One history, and how many messages are read at a time in it. */
export const ticketHistory = fc.record({
  messagesPerRead: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(fc.oneof(...STEPS), { minLength: 3, maxLength: 30, size: 'max' }),
})

export interface TicketHistory {
  readonly messagesPerRead: number
  readonly steps: readonly TicketStep[]
}
