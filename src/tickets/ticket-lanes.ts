import type { Expression } from 'kysely'
import { type Advance, advanceLanes, type LaneState, lockLanesIf, readLane } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import { AUDIENCES, type Audience, type Visibility } from './audience.ts'

/** The lane of an audience, which also names the topic of its messages. */
export function laneOf(ticketId: string, audience: Audience): string {
  return `ticket:${ticketId}:${audience}`
}

/** The lanes of a ticket after a write: staff sees every one, customers only public ones. */
export interface TicketLanes {
  readonly public: LaneState | null
  readonly staff: LaneState
}

function lanesFor(ticketId: string, visibility: Visibility): readonly string[] {
  return (visibility === 'PUBLIC' ? AUDIENCES : (['staff'] as const)).map((audience) => laneOf(ticketId, audience))
}

function toTicketLanes(ticketId: string, states: ReadonlyMap<string, LaneState>): TicketLanes {
  return {
    public: states.get(laneOf(ticketId, 'public')) ?? null,
    staff: requireState(states.get(laneOf(ticketId, 'staff'))),
  }
}

/** Moves the lanes of those who may see it, both in one statement, so that two writers cannot wait for each other. */
export async function advanceTicket(
  tx: Tx,
  ticketId: string,
  visibility: Visibility,
  advance: Advance,
): Promise<TicketLanes> {
  return toTicketLanes(ticketId, await advanceLanes(tx, lanesFor(ticketId, visibility), advance))
}

/** Keeps other writers of these lanes out until the transaction ends, and moves nothing. */
export function lockTicket(tx: Tx, ticketId: string, visibility: Visibility): Promise<TicketLanes> {
  return advanceTicket(tx, ticketId, visibility, { facts: 0, entries: 0 })
}

/** `lockTicket` if a condition holds, in one statement; otherwise it waits for nobody and keeps nobody waiting, and answers undefined. */
export async function lockTicketIf(
  tx: Tx,
  ticketId: string,
  visibility: Visibility,
  condition: Expression<unknown>,
): Promise<TicketLanes | undefined> {
  const states = await lockLanesIf(tx, lanesFor(ticketId, visibility), condition)
  return states && toTicketLanes(ticketId, states)
}

function requireState(state: LaneState | undefined): LaneState {
  if (!state) throw new Error('A lane of a ticket is missing')
  return state
}

/** Where an audience's lane of a stored ticket stands. */
export async function readTicketLane(tx: Tx, ticketId: string, audience: Audience): Promise<LaneState> {
  return requireState(await readLane(tx, laneOf(ticketId, audience)))
}
