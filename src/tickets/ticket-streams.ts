import type { Expression } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { type Advance, advanceStreams, lockStreamsIf, readStream, type StreamState } from '../storage/streams.ts'
import { AUDIENCES, type Audience, type Visibility } from './audience.ts'

/** The stream of an audience, which also names the topic of its messages. */
export function streamOf(ticketId: string, audience: Audience): string {
  return `ticket:${ticketId}:${audience}`
}

/** The streams of a ticket after a write: staff sees every one, customers only public ones. */
export interface TicketStreams {
  readonly public: StreamState | null
  readonly staff: StreamState
}

function streamsFor(ticketId: string, visibility: Visibility): readonly string[] {
  return (visibility === 'PUBLIC' ? AUDIENCES : (['staff'] as const)).map((audience) => streamOf(ticketId, audience))
}

function toTicketStreams(ticketId: string, states: ReadonlyMap<string, StreamState>): TicketStreams {
  return {
    public: states.get(streamOf(ticketId, 'public')) ?? null,
    staff: requireState(states.get(streamOf(ticketId, 'staff'))),
  }
}

/** Moves the streams of those who may see it, both in one statement, so that two writers cannot wait for each other. */
export async function advanceTicket(
  tx: Tx,
  ticketId: string,
  visibility: Visibility,
  advance: Advance,
): Promise<TicketStreams> {
  return toTicketStreams(ticketId, await advanceStreams(tx, streamsFor(ticketId, visibility), advance))
}

/** Keeps other writers of these streams out until the transaction ends, and moves nothing. */
export function lockTicket(tx: Tx, ticketId: string, visibility: Visibility): Promise<TicketStreams> {
  return advanceTicket(tx, ticketId, visibility, { facts: 0, entries: 0 })
}

/** `lockTicket` if a condition holds, in one statement; otherwise it waits for nobody and keeps nobody waiting, and answers undefined. */
export async function lockTicketIf(
  tx: Tx,
  ticketId: string,
  visibility: Visibility,
  condition: Expression<unknown>,
): Promise<TicketStreams | undefined> {
  const states = await lockStreamsIf(tx, streamsFor(ticketId, visibility), condition)
  return states && toTicketStreams(ticketId, states)
}

function requireState(state: StreamState | undefined): StreamState {
  if (!state) throw new Error('A stream of a ticket is missing')
  return state
}

/** Where an audience's stream of a stored ticket stands. */
export async function readTicketStream(tx: Tx, ticketId: string, audience: Audience): Promise<StreamState> {
  return requireState(await readStream(tx, streamOf(ticketId, audience)))
}
