import { type Advance, advanceLanes, type LaneState, readLane } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import { AUDIENCES, type Audience, type Visibility } from './audience.ts'

/** The lane of an audience, which also names the topic of its messages. */
export const laneOf = (ticketId: string, audience: Audience): string => `ticket:${ticketId}:${audience}`

/** The lanes of a ticket after a write: staff sees every one, customers only public ones. */
export interface TicketLanes {
  readonly public: LaneState | null
  readonly staff: LaneState
}

/** Moves the lanes of those who may see it, both in one statement, so that two writers cannot wait for each other. */
export const advanceTicket = async (
  tx: Tx,
  ticketId: string,
  visibility: Visibility,
  advance: Advance,
): Promise<TicketLanes> => {
  const audiences: readonly Audience[] = visibility === 'PUBLIC' ? AUDIENCES : ['staff']
  const lanes = audiences.map((audience) => laneOf(ticketId, audience))
  const states = await advanceLanes(tx, lanes, advance)
  return {
    public: states.get(laneOf(ticketId, 'public')) ?? null,
    staff: requireState(states.get(laneOf(ticketId, 'staff'))),
  }
}

/** Keeps other writers of these lanes out until the transaction ends, and moves nothing. */
export const lockTicket = (tx: Tx, ticketId: string, visibility: Visibility): Promise<TicketLanes> =>
  advanceTicket(tx, ticketId, visibility, { facts: 0, entries: 0 })

const requireState = (state: LaneState | undefined): LaneState => {
  if (!state) throw new Error('A lane of a ticket is missing')
  return state
}

/** Where an audience's lane of a stored ticket stands. */
export const readTicketLane = async (tx: Tx, ticketId: string, audience: Audience): Promise<LaneState> =>
  requireState(await readLane(tx, laneOf(ticketId, audience)))
