import type { Selectable } from 'kysely'
import type { Actor } from '../auth/viewer.ts'
import { columnsFor, parsed, type Wanted } from '../lib/wanted.ts'
import type { Tables } from '../storage/tables.ts'
import { type Audience, COLUMNS, type Visibility } from './audience.ts'
import type { TicketMessage } from './ticket-message.ts'
import type { CappedCount } from './unread-messages.ts'

/** The status of a ticket. Each is explained in `schema/tickets.graphql`. */
export type TicketStatus = 'OPEN' | 'PENDING' | 'RESOLVED' | 'CLOSED'

/** A ticket as one audience sees it. What depends on the viewer, such as the unread count, is read separately. */
export interface Ticket {
  readonly id: string
  readonly subject: string | null
  readonly status: TicketStatus
  readonly assignee: Actor | null
  readonly createdAt: number
  /** When anything that this audience sees last changed. */
  readonly updatedAt: number
  /** How often anything that this audience sees changed. Of two versions the larger is newer. */
  readonly revision: number
  /** What is the viewer's alone, and the newest message, where these were read together with the ticket (`ticket-details.ts`). */
  readonly unread?: CappedCount
  readonly lastReadNumber?: number | null
  readonly lastMessage?: TicketMessage | null
  readonly mute?: Mute
}

/** Whether nothing of a ticket is handed off to the viewer now, and until when; null: not muted, or for good. */
export interface Mute {
  readonly isMuted: boolean
  readonly mutedUntil: number | null
}

/** A participant of a ticket, how far they have read, and how far it has reached them, in the numbering of the viewer. */
export interface Participant {
  readonly user: Actor
  readonly lastReadNumber: number | null
  readonly lastDeliveredNumber: number | null
}

/** The row of a ticket, with the times of both audiences. */
export type TicketRow = Selectable<Tables['tickets']>

type TicketColumn = Exclude<keyof TicketRow, 'assignee_id'>

/**
 * The columns of which each field of a ticket is made. Its id and the time of its last change are always read: they are its place in a
 * list.
 */
const MADE_OF: Readonly<Record<string, readonly TicketColumn[]>> = {
  subject: ['subject'],
  status: ['status'],
  assignee: ['assignee'],
  createdAt: ['created_at'],
}

/** The columns that are read for the wanted fields of tickets, as an audience sees them. */
export function ticketColumns(wanted: Wanted, audience: Audience) {
  const { at, revision } = COLUMNS[audience]
  const made = { ...MADE_OF, revision: [revision] }
  return columnsFor<TicketColumn>(wanted, made, ['id', at]).map((column) => `tickets.${column}` as const)
}

/** The columns of which a ticket is made. */
export type ReadTicketRow = Pick<TicketRow, TicketColumn>

/** Makes a ticket of a row, with the time at which an audience last saw a change. Fields whose columns were not read are undefined. */
export function toTicket(row: ReadTicketRow, audience: Audience): Ticket {
  return {
    id: row.id,
    subject: row.subject,
    status: row.status as TicketStatus,
    // Staff alone know who is in charge, so that an agent who takes a ticket and gives it back shows nothing to customers.
    assignee: audience === 'staff' ? parsed(row.assignee) : null,
    createdAt: row.created_at,
    updatedAt: row[COLUMNS[audience].at],
    revision: row[COLUMNS[audience].revision],
  }
}

/** What moves with each change of a ticket. */
type Versions = Pick<TicketRow, 'public_at' | 'staff_at' | 'public_revision' | 'staff_revision'>

/**
 * The times and revisions of a ticket after a change, moved for the audiences that see it. Times never go back, whatever the clock does.
 */
export function touched(
  { public_at, staff_at, public_revision, staff_revision }: Versions,
  visibility: Visibility,
  now: number,
): Versions {
  const isPublic = visibility === 'PUBLIC'
  return {
    public_at: isPublic ? Math.max(public_at, now) : public_at,
    staff_at: Math.max(staff_at, now),
    public_revision: isPublic ? public_revision + 1 : public_revision,
    staff_revision: staff_revision + 1,
  }
}
