import type { Expression } from 'kysely'
import { notFound } from '../lib/errors.ts'
import type { Tx } from '../storage/storage.ts'
import { type Advance, advanceStreams, lockStreamsIf, readStream, type StreamState } from '../storage/streams.ts'
import { type Audience, audiencesOf, type Visibility } from './audience.ts'

/** The name of an audience's stream of a ticket, such as `ticket:42:public`. It is also the topic of its messages. */
export function streamOf(ticketId: string, audience: Audience): string {
  return `ticket:${ticketId}:${audience}`
}

/** A change of a message that is stored already. */
export const ONE_CHANGE: Advance = { facts: 1, entries: 0 }

/** The streams of a ticket after a write. `public` is null when the write was internal. */
export interface TicketStreams {
  readonly public: StreamState | null
  readonly staff: StreamState
}

function streamsFor(ticketId: string, visibility: Visibility): readonly string[] {
  return audiencesOf(visibility).map((audience) => streamOf(ticketId, audience))
}

function toTicketStreams(ticketId: string, states: ReadonlyMap<string, StreamState>): TicketStreams {
  return {
    public: states.get(streamOf(ticketId, 'public')) ?? null,
    staff: requireState(states.get(streamOf(ticketId, 'staff'))),
  }
}

/** Advances the streams of the audiences that see a write. It does so in one statement, so that two writers cannot wait for each other. */
export async function advanceTicket(
  tx: Tx,
  ticketId: string,
  visibility: Visibility,
  advance: Advance,
): Promise<TicketStreams> {
  return toTicketStreams(ticketId, await advanceStreams(tx, streamsFor(ticketId, visibility), advance))
}

/** Keeps other writers of these streams out until the transaction ends, and moves none. */
export function lockTicket(tx: Tx, ticketId: string, visibility: Visibility): Promise<TicketStreams> {
  return advanceTicket(tx, ticketId, visibility, { facts: 0, entries: 0 })
}

/**
 * `lockTicket` if a condition holds. Otherwise it neither waits nor keeps a writer waiting, and resolves to undefined. Takes one statement.
 */
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

/** Reads where the stream of an audience stands. Throws NOT_FOUND when the ticket was deleted since it was looked for. */
export async function readTicketStream(tx: Tx, ticketId: string, audience: Audience): Promise<StreamState> {
  const state = await readStream(tx, streamOf(ticketId, audience))
  if (!state) throw notFound('Ticket')
  return state
}
