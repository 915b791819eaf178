import { sql } from 'kysely'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { untilNothing } from '../lib/steps.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { advanceStreams } from '../storage/streams.ts'
import { AUDIENCES } from './audience.ts'
import { type ErasedMessages, eraseMessages, MESSAGES_PER_STEP, selectWritten } from './erase-messages.ts'
import { eraseReactions, findReacted } from './erase-reactions.ts'
import { forgetReads } from './erase-reads.ts'
import { forgetMutesOfUser } from './mutes.ts'
import { type ActivityTargets, publishActivity } from './publish-message.ts'
import { streamOf } from './ticket-streams.ts'
import { accessTopic, liveTopic, messagesTopic, readsTopic } from './topics.ts'

/** Tickets of one step, so that it holds up nobody. */
const TICKETS_PER_STEP = 50
/** Notes of lost tickets that one step deletes. */
const ROWS_PER_STEP = 1_000

const NO_MESSAGES: ErasedMessages = { count: 0, revisions: { public: undefined, staff: undefined } }

/** What erasing a user did to one ticket. */
interface ErasedTicket extends ErasedMessages {
  readonly ticketId: string
  readonly wasParticipant: boolean
  /** Whether its assignee changed. */
  readonly wasAssignee: boolean
  readonly targets: ActivityTargets
}

/** Finds some of the tickets in which the user takes part, is the assignee, has written, or has reacted to a message. */
async function findTickets(tx: Tx, userId: string): Promise<readonly string[]> {
  const found = new Set<string>()
  const add = (rows: readonly { readonly id: string }[]): boolean => {
    for (const { id } of rows) found.add(id)
    return found.size >= TICKETS_PER_STEP
  }
  const part = tx.selectFrom('participants').select('ticket_id as id').where('user_id', '=', userId)
  if (add(await part.limit(TICKETS_PER_STEP).execute())) return [...found]
  const charge = tx.selectFrom('tickets').select('id').where('assignee_id', '=', userId)
  add(await charge.limit(TICKETS_PER_STEP).execute())
  add(await selectWritten(tx, userId).select('ticket_id as id').limit(MESSAGES_PER_STEP).execute())
  add(await findReacted(tx, userId, TICKETS_PER_STEP))
  return [...found].slice(0, TICKETS_PER_STEP)
}

/** Removes the user from the participants and as the assignee of tickets. Resolves to the tickets of each. */
async function leave(tx: Tx, userId: string, ids: readonly string[]) {
  const left = await tx
    .deleteFrom('participants')
    .where('user_id', '=', userId)
    .where('ticket_id', 'in', ids)
    .returning('ticket_id')
    .execute()
  const free = await tx
    .updateTable('tickets')
    .set({ assignee: null, assignee_id: null })
    .where('assignee_id', '=', userId)
    .where('id', 'in', ids)
    .returning('id')
    .execute()
  return { left: new Set(left.map(({ ticket_id }) => ticket_id)), free: new Set(free.map(({ id }) => id)) }
}

/** SQL for a time of a ticket that moves to `now`. It never goes back, whatever the clock does. */
function later(column: 'public_at' | 'staff_at', now: number) {
  return sql<number>`CASE WHEN ${sql.ref(column)} < ${now} THEN CAST(${now} AS bigint) ELSE ${sql.ref(column)} END`
}

function next(column: 'public_revision' | 'staff_revision') {
  return sql<number>`${sql.ref(column)} + 1`
}

async function touch(
  tx: Tx,
  ids: { readonly forAll: readonly string[]; readonly forStaff: readonly string[] },
  now: number,
): Promise<void> {
  const forStaff = { staff_at: later('staff_at', now), staff_revision: next('staff_revision') }
  if (ids.forStaff.length > 0) await tx.updateTable('tickets').set(forStaff).where('id', 'in', ids.forStaff).execute()
  if (ids.forAll.length === 0) return
  const forAll = { ...forStaff, public_at: later('public_at', now), public_revision: next('public_revision') }
  await tx.updateTable('tickets').set(forAll).where('id', 'in', ids.forAll).execute()
  const ofTicket = sql<number>`(SELECT t.public_at FROM tickets t WHERE t.id = participants.ticket_id)`
  await tx.updateTable('participants').set({ public_at: ofTicket }).where('ticket_id', 'in', ids.forAll).execute()
}

async function readUsers(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .selectFrom('participants')
    .select(['ticket_id', 'user_id'])
    .where('ticket_id', 'in', ids)
    .execute()
  return new Map(
    [...Map.groupBy(rows, ({ ticket_id }) => ticket_id)].map(([id, users]) => [
      id,
      users.map(({ user_id }) => user_id),
    ]),
  )
}

/** What was erased, with the revisions that the streams reached when reactions were erased after it. */
function latest(erased: ErasedMessages, later: ErasedMessages['revisions'] = NO_MESSAGES.revisions): ErasedMessages {
  const { public: inPublic, staff } = erased.revisions
  return { ...erased, revisions: { public: later.public ?? inPublic, staff: later.staff ?? staff } }
}

/** Erases the user from some tickets, or from a part of their messages. Resolves to the tickets that changed. */
async function eraseInTickets(
  tx: Tx,
  userId: string,
  ids: readonly string[],
  now: number,
): Promise<readonly ErasedTicket[]> {
  const streams = ids.flatMap((id) => AUDIENCES.map((audience) => streamOf(id, audience)))
  await advanceStreams(tx, streams, { facts: 0, entries: 0 })
  const messages = await eraseMessages(tx, userId, ids, now)
  const reactions = await eraseReactions(tx, userId, ids)
  const { left, free } = await leave(tx, userId, ids)
  const isForAll = (id: string): boolean => left.has(id) || messages.get(id)?.revisions.public !== undefined
  const touched = ids.filter((id) => left.has(id) || free.has(id) || messages.has(id))
  const forAll = touched.filter(isForAll)
  await touch(tx, { forAll, forStaff: touched.filter((id) => !isForAll(id)) }, now)
  const users = await readUsers(tx, forAll)
  // A reaction that goes moves no ticket in lists, as one that comes does not.
  const changed = [...new Set([...touched, ...reactions.keys()])]
  if (changed.length === 0) return []
  const rows = await tx
    .selectFrom('tickets')
    .select(['id', 'assignee_id', 'status'])
    .where('id', 'in', changed)
    .execute()
  return rows.map(({ id, assignee_id: assigneeId, status }) => ({
    ticketId: id,
    ...latest(messages.get(id) ?? NO_MESSAGES, reactions.get(id)),
    wasParticipant: left.has(id),
    wasAssignee: free.has(id),
    targets: {
      ticketId: id,
      assigneeId,
      status,
      reasons: [
        ...(messages.has(id) || reactions.has(id) ? (['MESSAGE'] as const) : []),
        ...(free.has(id) ? (['ASSIGNMENT'] as const) : []),
        ...(left.has(id) ? (['PARTICIPATION'] as const) : []),
      ],
      userIds: users.get(id) ?? [],
      ...(free.has(id) && { previousAssigneeId: userId }),
      left: left.has(id) ? [userId] : [],
    },
  }))
}

function publishErased(bus: Bus, userId: string, erased: ErasedTicket): void {
  const { ticketId, revisions, wasParticipant, wasAssignee, targets } = erased
  if (wasParticipant) bus.publish(accessTopic(ticketId), { removed: [userId] })
  for (const audience of AUDIENCES) {
    const revision = revisions[audience]
    // Without entries: there may be hundreds, and subscribers read them from the store.
    if (revision !== undefined) {
      bus.publish(messagesTopic(ticketId, audience), { previous: revision, revision, entries: [] })
    }
    // Customers see who takes part, but not who is in charge.
    const isSeen = wasParticipant || (wasAssignee && audience === 'staff')
    if (isSeen) bus.publish(liveTopic(ticketId, audience), { type: 'changed' })
  }
  publishActivity(bus, targets)
}

async function forgetDepartures(tx: Tx, userId: string): Promise<number> {
  const some = tx.selectFrom('ticket_departures').select('ticket_id').where('user_id', '=', userId).limit(ROWS_PER_STEP)
  const { numDeletedRows } = await tx
    .deleteFrom('ticket_departures')
    .where('user_id', '=', userId)
    .where('ticket_id', 'in', some)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  /** Forgets what is noted of a user's devices, and not stored yet. */
  readonly forgetDelivered: (userId: string) => void
}

/** Creates `Tickets.erase`, which erases a user from all tickets, in steps. */
export function createErase({ storage, bus, clock, forgetDelivered }: Deps) {
  return async (userId: string, onStep: (tx: Tx) => Promise<void> = async () => {}): Promise<number> => {
    const count = await untilNothing(async () => {
      const erased = await storage.write(async (tx) => {
        await onStep(tx)
        const ids = await findTickets(tx, userId)
        return ids.length === 0 ? undefined : eraseInTickets(tx, userId, ids, clock.now())
      })
      for (const ticket of erased ?? []) publishErased(bus, userId, ticket)
      return erased?.reduce((sum, ticket) => sum + ticket.count, 0)
    })
    forgetDelivered(userId)
    await untilNothing(async () => {
      const ticketIds = await storage.write((tx) => forgetReads(tx, userId))
      // Customers are told nothing else: who took part has left, and what staff has read stays read.
      for (const ticketId of ticketIds) bus.publish(readsTopic(ticketId, 'staff'), {})
      return ticketIds.length || undefined
    })
    for (const forget of [forgetDepartures, forgetMutesOfUser]) {
      await untilNothing(async () => (await storage.write((tx) => forget(tx, userId))) || undefined)
    }
    return count
  }
}
