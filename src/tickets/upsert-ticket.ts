import { isDeepStrictEqual } from 'node:util'
import { meaningOfActor } from '../auth/actor-input.ts'
import type { Actor } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { audienceOf, audiencesOf, type Visibility } from './audience.ts'
import { requireNotDeleting } from './delete-ticket.ts'
import { type Moves, noteDepartures } from './departures.ts'
import { type TicketHandOff, tellAssigned } from './hand-off.ts'
import { forgetMutesOf } from './mutes.ts'
import { type ActivityTargets, publishActivity } from './publish-message.ts'
import { addSubject, changeSubject } from './search-texts.ts'
import { type Ticket, type TicketRow, toTicket, touched } from './ticket.ts'
import { requireTicketDraft, type TicketDraft, type UpsertTicketInput } from './ticket-input.ts'
import { lockTicket, streamOf } from './ticket-streams.ts'
import { accessTopic, liveTopic, type TicketListReason } from './topics.ts'
import { moveInLists } from './touch-ticket.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly handOff?: TicketHandOff | undefined
}

/** A ticket after an upsert, and the users who must learn of it. */
interface Outcome {
  readonly row: TicketRow
  readonly visibility: Visibility
  /** The users who must learn of the change. Undefined when nothing changed. */
  readonly targets?: ActivityTargets & { readonly left: readonly string[] }
}

type ParticipantRow = { readonly user_id: string; readonly actor: string }

function readParticipants(tx: Tx, ticketId: string): Promise<ParticipantRow[]> {
  return tx
    .selectFrom('participants')
    .select(['user_id', 'actor'])
    .where('ticket_id', '=', ticketId)
    .orderBy('place')
    .execute()
}

async function replaceParticipants(
  tx: Tx,
  { id, public_at }: Pick<TicketRow, 'id' | 'public_at'>,
  actors: readonly Actor[],
): Promise<void> {
  await tx.deleteFrom('participants').where('ticket_id', '=', id).execute()
  if (actors.length === 0) return
  const rows = actors.map((actor, place) => ({
    ticket_id: id,
    user_id: actor.id,
    actor: JSON.stringify(actor),
    place,
    public_at,
  }))
  await tx.insertInto('participants').values(rows).execute()
}

/** Whether two stored actors mean the same. Another version can have written the same actor differently. */
function isSameActor(one: string | null | undefined, other: string | null): boolean {
  if (one === other || one == null || other === null) return one === other
  return isDeepStrictEqual(meaningOfActor(JSON.parse(one)), meaningOfActor(JSON.parse(other)))
}

function isSameList(before: readonly ParticipantRow[], after: readonly Actor[]): boolean {
  return (
    before.length === after.length &&
    after.every((actor, place) => isSameActor(before[place]?.actor, JSON.stringify(actor)))
  )
}

function newRow(id: string, now: number): TicketRow {
  return {
    id,
    subject: null,
    status: 'OPEN',
    assignee_id: null,
    assignee: null,
    created_at: now,
    public_at: now,
    staff_at: now,
    public_revision: 0,
    staff_revision: 0,
  }
}

function applied(row: TicketRow, { subject, status, assignee }: TicketDraft): TicketRow {
  return {
    ...row,
    subject: subject === undefined ? row.subject : subject,
    status: status ?? row.status,
    ...(assignee !== undefined && {
      assignee_id: assignee?.id ?? null,
      assignee: assignee && JSON.stringify(assignee),
    }),
  }
}

function isSameTicket(a: TicketRow, b: TicketRow): boolean {
  return a.subject === b.subject && a.status === b.status && isSameActor(a.assignee, b.assignee)
}

async function save(tx: Tx, row: TicketRow): Promise<void> {
  await tx
    .insertInto('tickets')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
}

function idsOf(actors: readonly Actor[]): readonly string[] {
  return actors.map(({ id }) => id)
}

function without(ids: readonly string[], others: readonly string[]): readonly string[] {
  const set = new Set(others)
  return ids.filter((id) => !set.has(id))
}

function present(id: string | null | undefined): readonly string[] {
  return id == null ? [] : [id]
}

/** Those of these users who were customers in a ticket: they see it no longer when they leave it, as staff does. */
function customersOf(people: readonly ParticipantRow[], userIds: readonly string[]): readonly string[] {
  const isCustomer = ({ user_id, actor }: ParticipantRow): boolean =>
    userIds.includes(user_id) && audienceOf(JSON.parse(actor)) === 'public'
  return people.filter(isCustomer).map(({ user_id }) => user_id)
}

/** Notes in whose lists the ticket comes and goes by this change: as participants, and as assignee. */
async function noteMoves(
  tx: Tx,
  before: TicketRow | undefined,
  row: TicketRow,
  { came, left }: Pick<Moves, 'came' | 'left'>,
  now: number,
): Promise<void> {
  await noteDepartures(tx, row.id, { was: 'participant', came, left }, now)
  const [old, next] = [present(before?.assignee_id), present(row.assignee_id)]
  const moves = { was: 'assignee', came: without(next, old), left: without(old, next) } as const
  await noteDepartures(tx, row.id, moves, now)
}

/** Who sees a change: customers too, unless only the assignee changed. */
function visibilityOf(before: TicketRow | undefined, row: TicketRow, hasNewParticipants: boolean): Visibility {
  const isInternal = before && !hasNewParticipants && before.subject === row.subject && before.status === row.status
  return isInternal ? 'INTERNAL' : 'PUBLIC'
}

function reasonsOf(
  before: TicketRow | undefined,
  row: TicketRow,
  hasNewParticipants: boolean,
): readonly TicketListReason[] {
  return [
    ...(!before || before.subject !== row.subject ? (['DETAILS'] as const) : []),
    ...(before && before.status !== row.status ? (['STATUS'] as const) : []),
    ...(!isSameActor(before?.assignee ?? null, row.assignee) ? (['ASSIGNMENT'] as const) : []),
    ...(before && hasNewParticipants ? (['PARTICIPATION'] as const) : []),
  ]
}

/** Makes sure that a new ticket has nothing of one that was deleted. On Postgres, who was just reading that can have left a mark. */
async function beginAnew(tx: Tx, id: string): Promise<void> {
  await requireNotDeleting(tx, id)
  await tx.deleteFrom('ticket_reads').where('ticket_id', '=', id).execute()
}

/**
 * Stores what is said of a ticket at the time `now`, in milliseconds since 1970. Nothing is published by this. Throws SERVICE_UNAVAILABLE
 * while a ticket of this id is being deleted.
 */
export async function storeTicket(tx: Tx, draft: TicketDraft, now: number, handOff?: TicketHandOff): Promise<Outcome> {
  await lockTicket(tx, draft.id, 'PUBLIC')
  const before = await tx.selectFrom('tickets').selectAll().where('id', '=', draft.id).executeTakeFirst()
  if (!before) await beginAnew(tx, draft.id)
  const people = await readParticipants(tx, draft.id)
  const wanted = draft.participants && !isSameList(people, draft.participants) ? draft.participants : undefined
  const row = applied(before ?? newRow(draft.id, now), draft)
  const visibility = visibilityOf(before, row, wanted !== undefined)
  if (before && !wanted && isSameTicket(before, row)) return { row, visibility }
  const saved = { ...row, ...touched(row, visibility, now) }
  await save(tx, saved)
  if (!before) await addSubject(tx, saved)
  else if (before.subject !== saved.subject) await changeSubject(tx, saved)
  if (wanted) await replaceParticipants(tx, saved, wanted)
  else if (visibility === 'PUBLIC') await moveInLists(tx, draft.id, saved.public_at)
  const old = people.map(({ user_id }) => user_id)
  const userIds = wanted ? idsOf(wanted) : old
  const moves = { came: without(userIds, old), left: without(old, userIds) }
  await noteMoves(tx, before, saved, moves, now)
  await forgetMutesOf(tx, draft.id, customersOf(people, moves.left))
  const isReassigned = (before?.assignee_id ?? null) !== saved.assignee_id
  if (isReassigned && handOff) {
    await tellAssigned(handOff, tx, saved, { previous: before?.assignee ?? null, by: null })
  }
  const isMoved = before !== undefined && before.status !== saved.status
  return {
    row: saved,
    visibility,
    targets: {
      ...moves,
      ticketId: saved.id,
      assigneeId: saved.assignee_id,
      ...(isReassigned && { previousAssigneeId: before?.assignee_id ?? null }),
      status: saved.status,
      ...(isMoved && { previousStatus: before.status }),
      reasons: reasonsOf(before, saved, wanted !== undefined),
      isNew: before === undefined,
      userIds: visibility === 'PUBLIC' ? userIds : [],
    },
  }
}

/** Creates `Tickets.upsert`, which stores what a backend says of a ticket, and publishes what changed. */
export function createUpsert({ storage, bus, clock, limits, handOff }: Deps) {
  return async (input: UpsertTicketInput): Promise<Ticket> => {
    const draft = requireTicketDraft(input, limits)
    const { row, visibility, targets } = await storage.write(
      (tx) => storeTicket(tx, draft, clock.now(), handOff),
      streamOf(draft.id, 'staff'),
    )
    if (targets) {
      if (targets.left.length > 0) bus.publish(accessTopic(draft.id), { removed: targets.left })
      for (const audience of audiencesOf(visibility)) bus.publish(liveTopic(draft.id, audience), { type: 'changed' })
      publishActivity(bus, targets)
    }
    return toTicket(row, 'staff')
  }
}
