import type { TicketOrder } from '../document-types.ts'
import { reduceTicketList, type TicketListEvent, type TicketListTruth } from '../ticket-list-reducer.ts'
import type { Selected } from './inbox-lists.ts'

/** The fields by which tickets are listed. */
export const TICKET_PLACING = ['id', 'createdAt', 'updatedAt', 'revision'] as const

/** A list of tickets in a cache: entries with those of the fields `TICKET_PLACING` that are known. */
export interface TicketRows {
  readonly items: readonly Selected[]
  readonly hasMore: boolean
  /** How it is sorted, as its document has said. */
  readonly orderBy: Partial<TicketOrder> | null | undefined
}

/** What is sorted as the newest when nobody has asked when it changed. */
const LATEST = '9999'

/** The ids that a list has after a change that `ticketList` has told, in their order; undefined when it stays. */
export function changeTicketRows(
  { items, hasMore, orderBy }: TicketRows,
  event: Selected,
): readonly string[] | undefined {
  const order = { field: 'UPDATED_AT', direction: 'DESC', ...orderBy } as TicketOrder
  const time = order.field === 'CREATED_AT' ? 'createdAt' : 'updatedAt'
  const known = items.map((item, index) => ({
    ...item,
    [time]: item[time] ?? `${LATEST}${items.length - index}`,
    revision: item['revision'] ?? 0,
  }))
  const end = known.at(-1) as Selected | undefined
  const truth = {
    tickets: known,
    hasMore,
    endCursor: null,
    last: end ? { at: end[time], id: end['id'] } : null,
  } as unknown as TicketListTruth
  const ticket = event['ticket'] as Selected | undefined
  const whole = ticket && { [time]: LATEST, revision: Number.MAX_SAFE_INTEGER, ...ticket }
  const next = reduceTicketList(truth, { ...event, ticket: whole } as unknown as TicketListEvent, order)
  return next === truth ? undefined : next.tickets.map(({ id }) => id)
}

/** Whether two lists of tickets, by their arguments, show the same: the same filter, in the same order. */
export function isSameTicketList(one: Selected | null | undefined, other: Selected | null | undefined): boolean {
  const write = (args: Selected | null | undefined): string => {
    const { filter, orderBy } = args ?? {}
    return JSON.stringify([sorted(filter), sorted({ field: 'UPDATED_AT', direction: 'DESC', ...(orderBy as object) })])
  }
  return write(one) === write(other)
}

/** A value that is written the same way when it means the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value
  const entries = Object.entries(value ?? {}).filter(([, one]) => one != null)
  return entries.sort(([one], [other]) => (one < other ? -1 : 1))
}
