import type { Actor } from '../auth/viewer.ts'
import type { HandOffRule } from '../lib/hand-off-rule.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Tx } from '../storage/storage.ts'
import { audienceOf, type Visibility } from './audience.ts'
import type { TicketRow } from './ticket.ts'
import type { MessageRow } from './ticket-message.ts'

/** A ticket with something new for a user. */
interface ToHandOff {
  readonly userId: string
  /** The id of the ticket. */
  readonly item: string
  readonly rule: HandOffRule
}

/** An event for the backend. */
interface EventForBackend {
  readonly type: string
  readonly subject: string
  readonly userId: string | null
  readonly data: JsonObject
}

/** The ways in which tickets reach the backend when nobody is there. */
export interface TicketHandOff {
  /** The rule of a role: `customer` or `agent`. Undefined: nothing is handed off for it. */
  ruleFor(role: string): HandOffRule | undefined
  /** Stores when tickets are due. Runs in the transaction that stores what is new in them. */
  schedule(tx: Tx, items: readonly ToHandOff[]): Promise<void>
  /** Stores an event for the backend. Runs in the transaction of what it is about. */
  tell(tx: Tx, event: EventForBackend): Promise<void>
  /** Forgets what was not sent yet about a ticket, to these users or of who is assigned. Runs in the transaction that deletes the ticket. */
  forget(tx: Tx, ticketId: string, userIds: readonly string[]): Promise<void>
}

/** An actor in an event. */
export function toEventActor({ id: userId, role, name, avatarUrl }: Actor): JsonObject {
  return { userId, role, name, avatarUrl }
}

function parsedActor(text: string | null): Actor | null {
  return text === null ? null : JSON.parse(text)
}

/** Stores that the assignee of a ticket changed, for the backend. `by` is the user who did it; null: a backend. */
export function tellAssigned(
  { tell }: TicketHandOff,
  tx: Tx,
  ticket: Pick<TicketRow, 'id' | 'assignee'>,
  { previous, by }: { readonly previous: string | null; readonly by: Actor | null },
): Promise<void> {
  const assignee = parsedActor(ticket.assignee)
  const former = parsedActor(previous)
  return tell(tx, {
    type: 'ticket.assigned',
    subject: `ticket:${ticket.id}`,
    userId: null,
    data: {
      ticketId: ticket.id,
      assignee: assignee && toEventActor(assignee),
      previousAssignee: former && toEventActor(former),
      by: by && toEventActor(by),
    },
  })
}

/** Who is told of a message: participants by their role, and the assignee as an agent. Customers are told of no note. */
async function readersOf(
  tx: Tx,
  ticket: Pick<TicketRow, 'id' | 'assignee_id' | 'assignee'>,
  visibility: Visibility,
): Promise<ReadonlyMap<string, 'customer' | 'agent'>> {
  const rows = await tx.selectFrom('participants').select('actor').where('ticket_id', '=', ticket.id).execute()
  const readers = new Map<string, 'customer' | 'agent'>()
  for (const { actor } of rows) {
    const { id, role }: Actor = JSON.parse(actor)
    const isPublic = audienceOf({ role }) === 'public'
    if (visibility === 'PUBLIC' || !isPublic) readers.set(id, isPublic ? 'customer' : 'agent')
  }
  const assignee = parsedActor(ticket.assignee)
  if (assignee && (visibility === 'PUBLIC' || audienceOf(assignee) === 'staff')) readers.set(assignee.id, 'agent')
  return readers
}

/** Stores when those who may read a message are told of it, unless they read it. Without rules, nothing is read or stored. */
export async function scheduleMessage(
  { ruleFor, schedule }: TicketHandOff,
  tx: Tx,
  ticket: Pick<TicketRow, 'id' | 'assignee_id' | 'assignee'>,
  { visibility, author_id }: Pick<MessageRow, 'author_id'> & { readonly visibility: Visibility },
): Promise<void> {
  if (!ruleFor('customer') && !ruleFor('agent')) return
  const readers = await readersOf(tx, ticket, visibility)
  const items = [...readers].flatMap(([userId, role]) => {
    const rule = ruleFor(role)
    return rule && userId !== author_id ? [{ userId, item: ticket.id, rule }] : []
  })
  if (items.length > 0) await schedule(tx, items)
}
