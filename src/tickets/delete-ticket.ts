import { sql } from 'kysely'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError, notFound } from '../lib/errors.ts'
import { untilNothing } from '../lib/steps.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { beginTasks, endTasks, holdTasks, type Tasks } from '../storage/tasks.ts'
import { AUDIENCES } from './audience.ts'
import { noteDepartures } from './departures.ts'
import type { TicketHandOff } from './hand-off.ts'
import { forgetMutesOfTicket } from './mutes.ts'
import { type ActivityTargets, publishActivity } from './publish-message.ts'
import { forgetTexts, subjectId } from './search-texts.ts'
import { lockTicket, lockTicketIf, readTicketStream, streamOf } from './ticket-streams.ts'
import { accessTopic, liveTopic } from './topics.ts'

/** What became of a deletion. */
export interface DeletedTicket {
  readonly deletedId: string
  /** How many messages went with it. */
  readonly messages: number
}

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  /** Forgets what the backend was to be told of the ticket. Left out: there is no way to it. */
  readonly handOff?: TicketHandOff | undefined
}

/** Rows that one step deletes, so that it holds up nobody. */
const ROWS_PER_STEP = 500

/** Deletes some messages of a ticket with all that refers to them. Resolves to how many. */
async function deleteMessages(tx: Tx, ticketId: string): Promise<number> {
  const rows = await tx
    .selectFrom('messages')
    .select('id')
    .where('ticket_id', '=', ticketId)
    .limit(ROWS_PER_STEP)
    .execute()
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return 0
  for (const table of ['message_edits', 'reactions'] as const) {
    await tx.deleteFrom(table).where('message_id', 'in', ids).execute()
  }
  await forgetTexts(tx, ids)
  await tx.deleteFrom('messages').where('id', 'in', ids).execute()
  return ids.length
}

/** Deletes some read marks of a ticket. Resolves to how many. */
async function deleteMarks(tx: Tx, ticketId: string): Promise<number> {
  const some = tx.selectFrom('ticket_reads').select('user_id').where('ticket_id', '=', ticketId).limit(ROWS_PER_STEP)
  const { numDeletedRows } = await tx
    .deleteFrom('ticket_reads')
    .where('ticket_id', '=', ticketId)
    .where('user_id', 'in', some)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

function taskOf(id: string): Tasks {
  return { kind: 'delete-ticket', subjects: [id] }
}

async function isDeleting(tx: Tx, id: string): Promise<boolean> {
  const { kind } = taskOf(id)
  const task = await tx
    .selectFrom('tasks')
    .select('kind')
    .where('kind', '=', kind)
    .where('subject', '=', id)
    .executeTakeFirst()
  return task !== undefined
}

/** Throws SERVICE_UNAVAILABLE while a ticket of this id is being deleted: what is left of it must not come back in a new one. */
export async function requireNotDeleting(tx: Tx, id: string): Promise<void> {
  if (!(await isDeleting(tx, id))) return
  throw new AppError('SERVICE_UNAVAILABLE', 'A ticket with this id is being deleted. Try again in a moment.')
}

/** How many messages a ticket had that is being deleted. Undefined: no ticket of this id is. */
async function readDeleting(tx: Tx, id: string): Promise<number | undefined> {
  return (await isDeleting(tx, id)) ? (await readTicketStream(tx, id, 'staff')).entries : undefined
}

interface Begun {
  readonly messages: number
  readonly targets: ActivityTargets & { readonly left: readonly string[] }
}

/** Takes the ticket from all who see it, and stores that the rest is to be deleted. Throws NOT_FOUND when there is none. */
async function begin(tx: Tx, { storage, clock, handOff }: Deps, id: string): Promise<Begun> {
  const now = clock.now()
  const isThere = sql`EXISTS ${tx.selectFrom('tickets').select('id').where('id', '=', id)}`
  const streams = await lockTicketIf(tx, id, 'PUBLIC', isThere)
  const row = await tx
    .deleteFrom('tickets')
    .where('id', '=', id)
    .returning(['assignee_id', 'status'])
    .executeTakeFirst()
  if (!streams || !row) throw notFound('Ticket')
  const people = await tx.deleteFrom('participants').where('ticket_id', '=', id).returning('user_id').execute()
  const left = people.map(({ user_id }) => user_id)
  await noteDepartures(tx, id, { was: 'participant', came: [], left }, now)
  const charge = row.assignee_id === null ? [] : [row.assignee_id]
  await noteDepartures(tx, id, { was: 'assignee', came: [], left: charge }, now)
  await handOff?.forget(tx, id, [...new Set([...left, ...charge])])
  await forgetTexts(tx, [subjectId(id)])
  await beginTasks(tx, storage, taskOf(id))
  const { assignee_id: assigneeId, status } = row
  return {
    messages: streams.staff.entries,
    targets: { ticketId: id, assigneeId, status, reasons: ['DELETED'], isGone: true, userIds: [], left },
  }
}

/** Deleting tickets. */
export interface TicketDeletion {
  /**
   * Deletes a ticket with its messages and marks, in steps. From the first one on nobody sees it, subscriptions to it end, and lists are
   * told. Called again before it has ended, it goes on. Throws NOT_FOUND when there is none.
   */
  delete(id: string): Promise<DeletedTicket>
  /** Goes on with a deletion of which the process has ended. */
  finishDeleting(id: string): Promise<void>
}

/** Creates `Tickets.delete` and `Tickets.finishDeleting`. */
export function createDeleteTicket(deps: Deps): TicketDeletion {
  const { storage, bus } = deps
  const deleteRest = async (id: string): Promise<void> => {
    // Once the task has ended, there can be a new ticket of this id, of which a process that was held up must delete nothing.
    const isUnderWay = (tx: Tx): Promise<boolean> => holdTasks(tx, storage, taskOf(id))
    for (const deleteSome of [deleteMessages, deleteMarks, forgetMutesOfTicket]) {
      await untilNothing(() =>
        storage.write(
          async (tx) => ((await isUnderWay(tx)) && (await deleteSome(tx, id))) || undefined,
          streamOf(id, 'staff'),
        ),
      )
    }
    await storage.write(
      async (tx) => {
        if (!(await isUnderWay(tx))) return
        await lockTicket(tx, id, 'PUBLIC')
        const streams = AUDIENCES.map((audience) => streamOf(id, audience))
        await tx.deleteFrom('streams').where('stream', 'in', streams).execute()
        await endTasks(tx, taskOf(id))
      },
      streamOf(id, 'staff'),
    )
  }

  return {
    finishDeleting: deleteRest,
    delete: async (id) => {
      // Whoever got no answer asks again, and is not told that there was no such ticket.
      const begun = await storage.read((tx) => readDeleting(tx, id))
      if (begun !== undefined) {
        await deleteRest(id)
        return { deletedId: id, messages: begun }
      }
      const { messages, targets } = await storage.write((tx) => begin(tx, deps, id), streamOf(id, 'staff'))
      bus.publish(accessTopic(id), { removed: targets.left, isDeleted: true })
      for (const audience of AUDIENCES) bus.publish(liveTopic(id, audience), { type: 'changed' })
      publishActivity(bus, targets)
      await deleteRest(id)
      return { deletedId: id, messages }
    },
  }
}
