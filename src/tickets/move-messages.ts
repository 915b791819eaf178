import type { Selectable } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { type Advance, advanceEach } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import { AUDIENCES, type Audience, COLUMNS } from './audience.ts'
import { streamOf } from './ticket-streams.ts'

/** A message and its places in the conversation. */
export type PlacedMessage = Pick<Selectable<Tables['messages']>, 'id' | 'ticket_id' | 'public_number' | 'staff_number'>

/** Numbers by an id, as each audience has them. */
type ByAudience = Readonly<Record<Audience, ReadonlyMap<string, number>>>

/** Messages that were moved in the streams of their tickets. */
export interface MovedMessages<Message extends PlacedMessage> {
  /** The messages in the order of their conversations. */
  readonly rows: readonly Message[]
  /** The new revision of each message. A note has none for customers. */
  readonly ofMessages: ByAudience
  /** The revision that the stream of each ticket has reached. */
  readonly ofStreams: ByAudience
}

function compare(a: PlacedMessage, b: PlacedMessage): number {
  return a.ticket_id === b.ticket_id ? a.staff_number - b.staff_number : a.ticket_id < b.ticket_id ? -1 : 1
}

function isIn(audience: Audience) {
  return (row: PlacedMessage) => row[COLUMNS[audience].number] !== null
}

/** The messages of a ticket that an audience sees. */
interface Place {
  readonly audience: Audience
  readonly ticketId: string
  readonly rows: readonly PlacedMessage[]
}

function placesOf(rows: readonly PlacedMessage[]): readonly Place[] {
  return AUDIENCES.flatMap((audience) =>
    [...Map.groupBy(rows.filter(isIn(audience)), ({ ticket_id }) => ticket_id)].map(([ticketId, some]) => ({
      audience,
      ticketId,
      rows: some,
    })),
  )
}

/**
 * Gives each message a revision of its own in each stream that has it, in the order of the conversation, so that subscribers can page
 * through them. The messages themselves are left to the caller.
 */
export async function moveMessages<Message extends PlacedMessage>(
  tx: Tx,
  messages: readonly Message[],
): Promise<MovedMessages<Message>> {
  const sorted = messages.toSorted(compare)
  const places = placesOf(sorted)
  const advances = places.map(({ ticketId, audience, rows }): [string, Advance] => [
    streamOf(ticketId, audience),
    { facts: rows.length, entries: 0 },
  ])
  const streams = await advanceEach(tx, new Map(advances))
  const ofMessages = { public: new Map<string, number>(), staff: new Map<string, number>() }
  const ofStreams = { public: new Map<string, number>(), staff: new Map<string, number>() }
  for (const { ticketId, audience, rows } of places) {
    const last = streams.get(streamOf(ticketId, audience))?.revision ?? 0
    ofStreams[audience].set(ticketId, last)
    for (const [index, { id }] of rows.entries()) ofMessages[audience].set(id, last - rows.length + index + 1)
  }
  return { rows: sorted, ofMessages, ofStreams }
}
