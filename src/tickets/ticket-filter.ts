import { isStaff, type Viewer } from '../auth/viewer.ts'
import { badInput } from '../lib/errors.ts'
import type { TicketStatus } from './ticket.ts'

/** In whose charge a ticket is, as the viewer sees it. */
export type Assigned = 'ME' | 'NOBODY' | 'OTHERS'

/** Which tickets to list, as a client says it. What is left out, or null, does not filter. */
export interface TicketFilter {
  readonly status?: readonly TicketStatus[] | null | undefined
  /** For staff: tickets in charge of one of these, or of one in `assigneeIds`. */
  readonly assigned?: readonly Assigned[] | null | undefined
  readonly assigneeIds?: readonly string[] | null | undefined
  /** Only with, or without, messages that the viewer has not read. */
  readonly unread?: boolean | null | undefined
  /** Only tickets in which something that the viewer sees changed at this time or later, in milliseconds since 1970. */
  readonly updatedSince?: number | null | undefined
}

/** How to sort tickets. Those with the same time are sorted by id, in the same direction. */
export interface TicketOrder {
  readonly field: 'UPDATED_AT' | 'CREATED_AT'
  readonly direction: 'ASC' | 'DESC'
}

/** The order when none is asked for: the latest change first. */
export const LATEST_FIRST: TicketOrder = { field: 'UPDATED_AT', direction: 'DESC' }

/** In whose charge tickets may be: of one of these, of nobody, or of anybody but one user. */
export interface Charge {
  readonly ids: readonly string[]
  readonly nobody: boolean
  /** Undefined: others do not count. */
  readonly othersThan: string | undefined
}

/** A filter that was checked, in the words of one viewer. Undefined does not filter. */
export interface TicketWish {
  readonly statuses: readonly TicketStatus[] | undefined
  readonly charge: Charge | undefined
  readonly unread: boolean | undefined
  readonly updatedSince: number | undefined
}

/** A list of tickets: whose, which ones, and in which order. */
export interface TicketList {
  readonly viewer: Viewer
  readonly wish: TicketWish
  readonly order: TicketOrder
}

/** The most users by whose charge one list can be filtered. */
const MAX_ASSIGNEES = 100

/** The entries of a list, each once. Throws BAD_USER_INPUT when the list is empty. `name` is that of the field. */
function distinct<Item>(items: readonly Item[] | null | undefined, name: string): readonly Item[] | undefined {
  if (items == null) return undefined
  if (items.length === 0) throw badInput(`${name} must not be empty.`)
  return [...new Set(items)]
}

function chargeOf(viewer: Viewer, { assigned, assigneeIds }: TicketFilter): Charge | undefined {
  const named = distinct(assigneeIds, 'filter.assigneeIds')
  const who = distinct(assigned, 'filter.assigned')
  if (!named && !who) return undefined
  if (!isStaff(viewer)) throw badInput(`filter.${who ? 'assigned' : 'assigneeIds'} is for staff.`)
  if (named && named.length > MAX_ASSIGNEES)
    throw badInput(`filter.assigneeIds must have at most ${MAX_ASSIGNEES} ids.`)
  return {
    ids: [...new Set([...(named ?? []), ...(who?.includes('ME') ? [viewer.userId] : [])])],
    nobody: who?.includes('NOBODY') === true,
    othersThan: who?.includes('OTHERS') ? viewer.userId : undefined,
  }
}

/**
 * What a viewer means with a filter. Throws BAD_USER_INPUT for lists that are empty or too long, and when a customer filters by who is in
 * charge, which only staff knows.
 */
export function wishOf(viewer: Viewer, filter: TicketFilter | null | undefined): TicketWish {
  return {
    statuses: distinct(filter?.status, 'filter.status'),
    charge: chargeOf(viewer, filter ?? {}),
    unread: filter?.unread ?? undefined,
    updatedSince: filter?.updatedSince ?? undefined,
  }
}

/** Whether a ticket in the charge of this user, or of nobody, is meant. */
export function isInCharge(charge: Charge | undefined, assigneeId: string | null): boolean {
  if (!charge) return true
  if (assigneeId === null) return charge.nobody
  return charge.ids.includes(assigneeId) || (charge.othersThan !== undefined && assigneeId !== charge.othersThan)
}

/** Whether a ticket with this status is meant. */
export function isOfStatus({ statuses }: TicketWish, status: string): boolean {
  return statuses === undefined || statuses.includes(status as TicketStatus)
}

/** Whether a ticket that last changed at this time is recent enough. */
export function isRecent({ updatedSince }: TicketWish, updatedAt: number): boolean {
  return updatedSince === undefined || updatedAt >= updatedSince
}
