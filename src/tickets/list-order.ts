import type { TicketList } from './ticket-filter.ts'

/** A place in a list of tickets: the time by which it is sorted, and the id. */
export interface ListPlace {
  readonly at: number
  readonly id: string
}

/** Ids are compared bytewise, as both databases sort them. */
function compare(a: ListPlace, b: ListPlace): number {
  return a.at - b.at || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id))
}

/** Compares places as a list has them: below 0 when the first one comes first. */
export function comparing({ order }: TicketList): (a: ListPlace, b: ListPlace) => number {
  return order.direction === 'ASC' ? compare : (a, b) => compare(b, a)
}
