import { type Selectable, sql } from 'kysely'
import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import { badInput } from '../lib/errors.ts'
import { untilNothing } from '../lib/steps.ts'
import { asks, type Wanted } from '../lib/wanted.ts'
import type { TicketMutesTable } from '../storage/message-tables.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { lockTicketFor, requireTicket } from './access.ts'
import { audienceOf } from './audience.ts'
import { asked, keyOf, type PlaceOf } from './places.ts'
import { type Mute, type Ticket, type TicketRow, toTicket } from './ticket.ts'
import { streamOf } from './ticket-streams.ts'
import { userActivityTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
}

/** Tickets of one statement: so few that it holds up nobody. */
const PER_STATEMENT = 100

/** Mutes that one step deletes. */
const ROWS_PER_STEP = 1_000

/** A ticket that its user has not muted. */
export const NOT_MUTED: Mute = { isMuted: false, mutedUntil: null }

/** Muting tickets. Nobody but the user, on any device, senses it. */
export interface Mutes {
  /**
   * Lets nothing of a ticket be handed off to the viewer until a moment, in milliseconds since 1970; null: for good. Throws BAD_USER_INPUT
   * unless the moment is in the future, and NOT_FOUND.
   */
  mute(viewer: Viewer, ticketId: string, until: number | null): Promise<Ticket>
  /** Hands off to the viewer again what happens in a ticket. Not muted: nothing changes. Throws NOT_FOUND. */
  unmute(viewer: Viewer, ticketId: string): Promise<Ticket>
  /** Reads whether the viewer has muted these tickets, in their order. The viewer got them from here. */
  mutes(viewer: Viewer, tickets: readonly Pick<Ticket, 'id'>[]): Promise<readonly Mute[]>
}

/** Whether somebody asks by name for what depends on the mute of a ticket. */
export function asksMute(wanted: Wanted): boolean {
  return asks(wanted, 'isMuted', 'mutedUntil')
}

/** Reads which users have muted which of these tickets now, by `keyOf`. Those who have not are left out. */
export async function readMutes(tx: Tx, places: readonly PlaceOf[], now: number): Promise<ReadonlyMap<string, Mute>> {
  const mutes = new Map<string, Mute>()
  await inTurns(places, PER_STATEMENT, async (some) => {
    const { rows } = await sql<Selectable<TicketMutesTable>>`
      WITH ${asked(some)}
      SELECT m.ticket_id, m.user_id, m.until
      FROM asked JOIN ticket_mutes m ON m.ticket_id = asked.ticket_id AND m.user_id = asked.user_id
    `.execute(tx)
    for (const { ticket_id, user_id, until } of rows) {
      if (until === null || until > now) mutes.set(keyOf(ticket_id, user_id), { isMuted: true, mutedUntil: until })
    }
  })
  return mutes
}

async function readMute(tx: Tx, place: PlaceOf, now: number): Promise<Mute> {
  return (await readMutes(tx, [place], now)).get(keyOf(place.ticketId, place.userId)) ?? NOT_MUTED
}

/** Stores a mute; undefined: none. Rows that are over may be there. */
async function writeMute(tx: Tx, { ticketId, userId }: PlaceOf, until: number | null | undefined): Promise<void> {
  if (until === undefined) {
    await tx.deleteFrom('ticket_mutes').where('ticket_id', '=', ticketId).where('user_id', '=', userId).execute()
    return
  }
  await tx
    .insertInto('ticket_mutes')
    .values({ ticket_id: ticketId, user_id: userId, until })
    .onConflict((conflict) => conflict.columns(['ticket_id', 'user_id']).doUpdateSet({ until }))
    .execute()
}

/** Creates `Tickets.mute`, `Tickets.unmute` and `Tickets.mutes`. */
export function createMutes({ storage, bus, clock }: Deps): Mutes {
  const change = async (viewer: Viewer, ticketId: string, until: number | null | undefined): Promise<Ticket> => {
    const place = { ticketId, userId: viewer.userId }
    const change = async (tx: Tx): Promise<{ readonly row: TicketRow; readonly before: Mute }> => {
      // Whoever deletes the ticket or ends a participation waits, so that no mute is left behind.
      await lockTicketFor(tx, viewer, ticketId, 'INTERNAL')
      const row = await requireTicket(tx, viewer, ticketId)
      const before = await readMute(tx, place, clock.now())
      await writeMute(tx, place, until)
      return { row, before }
    }
    const { row, before } = await storage.write(change, streamOf(ticketId, 'staff'))
    const mute = until === undefined ? NOT_MUTED : { isMuted: true, mutedUntil: until }
    const audience = audienceOf(viewer)
    if (before.isMuted !== mute.isMuted || before.mutedUntil !== mute.mutedUntil) {
      const { assignee_id: assigneeId, status } = row
      const event = { ticketId, audience, assigneeId, status, reasons: ['MUTE'] as const }
      bus.publish(userActivityTopic(viewer.userId), event)
    }
    return { ...toTicket(row, audience), mute }
  }

  return {
    mute: async (viewer, ticketId, until) => {
      if (until !== null && until <= clock.now()) throw badInput('until must be in the future.')
      return change(viewer, ticketId, until)
    },
    unmute: (viewer, ticketId) => change(viewer, ticketId, undefined),
    mutes: (viewer, tickets) => {
      const places = tickets.map(({ id }) => ({ ticketId: id, userId: viewer.userId }))
      return storage.read(async (tx) => {
        const mutes = await readMutes(tx, places, clock.now())
        return places.map(({ ticketId, userId }) => mutes.get(keyOf(ticketId, userId)) ?? NOT_MUTED)
      })
    },
  }
}

/** Deletes some mutes of a ticket that is being deleted. Resolves to how many. */
export async function forgetMutesOfTicket(tx: Tx, ticketId: string): Promise<number> {
  const some = tx.selectFrom('ticket_mutes').select('user_id').where('ticket_id', '=', ticketId).limit(ROWS_PER_STEP)
  const deleting = tx.deleteFrom('ticket_mutes').where('ticket_id', '=', ticketId).where('user_id', 'in', some)
  return Number((await deleting.executeTakeFirst()).numDeletedRows)
}

/** Deletes some mutes of a user who is erased. Resolves to how many. */
export async function forgetMutesOfUser(tx: Tx, userId: string): Promise<number> {
  const some = tx.selectFrom('ticket_mutes').select('ticket_id').where('user_id', '=', userId).limit(ROWS_PER_STEP)
  const deleting = tx.deleteFrom('ticket_mutes').where('user_id', '=', userId).where('ticket_id', 'in', some)
  return Number((await deleting.executeTakeFirst()).numDeletedRows)
}

/** Deletes the mutes of customers who no longer take part in a ticket. Runs in the transaction that ends that. */
export async function forgetMutesOf(tx: Tx, ticketId: string, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return
  await tx.deleteFrom('ticket_mutes').where('ticket_id', '=', ticketId).where('user_id', 'in', userIds).execute()
}

/** Creates the command that deletes mutes whose time is over, in small steps. Resolves to how many. */
export function createPruneMutes({ storage, clock }: Pick<Deps, 'storage' | 'clock'>) {
  const step = async (tx: Tx): Promise<number | undefined> => {
    const now = clock.now()
    const over = tx
      .selectFrom('ticket_mutes')
      .select(['ticket_id', 'user_id'])
      .where('until', '<=', now)
      .limit(ROWS_PER_STEP)
    const { numDeletedRows } = await tx
      .deleteFrom('ticket_mutes')
      .where(({ eb, refTuple }) => eb(refTuple('ticket_id', 'user_id'), 'in', over.$asTuple('ticket_id', 'user_id')))
      // It may have been muted anew meanwhile.
      .where('until', '<=', now)
      .executeTakeFirst()
    return Number(numDeletedRows) || undefined
  }
  return (): Promise<number> => untilNothing(() => storage.write(step))
}
