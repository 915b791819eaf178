import { type Actor, actorOf, type Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { lockTicketFor, requireTicket } from './access.ts'
import { noteDepartures } from './departures.ts'
import { type TicketHandOff, tellAssigned } from './hand-off.ts'
import { publishActivity } from './publish-message.ts'
import { type Ticket, type TicketRow, toTicket, touched } from './ticket.ts'
import { streamOf } from './ticket-streams.ts'
import { liveTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  /** Tells the backend who is in charge. Left out: there is no way to it. */
  readonly handOff?: TicketHandOff | undefined
}

/** Who shall be in charge of a ticket. Undefined: who is now. Throws CONFLICT when that is not to be changed by the viewer. */
type Choose = (row: TicketRow) => Actor | null | undefined

function actorIn({ assignee }: TicketRow): Actor | null {
  return assignee === null ? null : JSON.parse(assignee)
}

function assignedOtherwise(row: TicketRow): AppError {
  const actor = actorIn(row)
  const message = actor ? 'This ticket is in the charge of somebody else.' : 'This ticket is in the charge of nobody.'
  const assignee = actor && { userId: actor.id, name: actor.name }
  return new AppError('CONFLICT', message, { reason: 'ASSIGNED_OTHERWISE', assignee })
}

/** Taking and giving up charge of tickets. Customers do not learn of it. */
export interface Claims {
  /**
   * Takes charge of a ticket, if it is in the charge of whom the viewer thinks: of this user, or of nobody. Otherwise throws CONFLICT, whose
   * details name who is. The viewer's own already: nothing changes.
   */
  claim(viewer: Viewer, ticketId: string, expectedAssigneeId?: string | null): Promise<Ticket>
  /** Gives up charge of a ticket. Throws CONFLICT when somebody else is in charge. Nobody already: nothing changes. */
  release(viewer: Viewer, ticketId: string): Promise<Ticket>
}

/** Creates `Tickets.claim` and `Tickets.release`. Of several who claim a ticket at the same moment one gets it. */
export function createClaims({ storage, bus, clock, handOff }: Deps): Claims {
  const save = async (tx: Tx, before: TicketRow, assignee: Actor | null, viewer: Viewer): Promise<TicketRow> => {
    const at = clock.now()
    const charge = { assignee_id: assignee?.id ?? null, assignee: assignee && JSON.stringify(assignee) }
    const row = { ...before, ...charge, ...touched(before, 'INTERNAL', at) }
    await tx.updateTable('tickets').set(row).where('id', '=', row.id).execute()
    const ids = (id: string | null): readonly string[] => (id === null ? [] : [id])
    const moves = { was: 'assignee', came: ids(row.assignee_id), left: ids(before.assignee_id) } as const
    await noteDepartures(tx, row.id, moves, at)
    if (handOff) await tellAssigned(handOff, tx, row, { previous: before.assignee, by: actorOf(viewer) })
    return row
  }

  const assign = async (viewer: Viewer, ticketId: string, choose: Choose): Promise<Ticket> => {
    const { before, row } = await storage.write(
      async (tx) => {
        await lockTicketFor(tx, viewer, ticketId, 'INTERNAL')
        const known = await requireTicket(tx, viewer, ticketId)
        const assignee = choose(known)
        return { before: known, row: assignee === undefined ? known : await save(tx, known, assignee, viewer) }
      },
      streamOf(ticketId, 'staff'),
    )
    if (row !== before) {
      bus.publish(liveTopic(ticketId, 'staff'), { type: 'changed' })
      publishActivity(bus, {
        ticketId,
        assigneeId: row.assignee_id,
        previousAssigneeId: before.assignee_id,
        status: row.status,
        reasons: ['ASSIGNMENT'],
        userIds: [],
      })
    }
    return toTicket(row, 'staff')
  }

  return {
    claim: (viewer, ticketId, expectedAssigneeId) =>
      assign(viewer, ticketId, (row) => {
        if (row.assignee_id === viewer.userId) return undefined
        if (row.assignee_id !== (expectedAssigneeId ?? null)) throw assignedOtherwise(row)
        return actorOf(viewer)
      }),
    release: (viewer, ticketId) =>
      assign(viewer, ticketId, (row) => {
        if (row.assignee_id === null) return undefined
        if (row.assignee_id !== viewer.userId) throw assignedOtherwise(row)
        return null
      }),
  }
}
