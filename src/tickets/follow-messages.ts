import type { Viewer } from '../auth/viewer.ts'
import type { Topic } from '../bus/bus.ts'
import { cursorExpired, revisionOf } from '../delivery/cursor.ts'
import type { Confirmed, Fail, LogDescription, Page, Scope } from '../delivery/description.ts'
import type { Wanted } from '../lib/wanted.ts'
import { readTexts, smallBytes, smallColumns, smallTexts } from '../storage/page-bytes.ts'
import { prepareWanted } from '../storage/prepare.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { goesOnFrom, lastTerm, type StreamPlace } from '../storage/stream-terms.ts'
import type { StreamState } from '../storage/streams.ts'
import { type GuardAccess, requireAccess, requireTicket } from './access.ts'
import { type Audience, audienceOf, COLUMNS } from './audience.ts'
import type { Delivered } from './delivered-marks.ts'
import { messageColumns, type TicketMessage, toMessage } from './ticket-message.ts'
import { readTicketStream, streamOf } from './ticket-streams.ts'
import { type MessagesChanged, messagesTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly guardAccess: GuardAccess
  /** Notes that the viewer is in the ticket. Returns a function that leaves it. */
  readonly join: (viewer: Viewer, ticketId: string, connectionId: string) => () => void
  /** Notes what a client has acknowledged. */
  readonly noteDelivered: (delivered: Delivered) => void
  /** How many messages are read at a time. */
  readonly pageSize?: number | undefined
}

const PAGE_SIZE = 100

interface Changed {
  readonly ticketId: string
  readonly after: number
  readonly size: number
  readonly small: number
}

function selectChangedFor(audience: Audience) {
  return prepareWanted((db, { ticketId, after, size, small }: Changed, wanted) => {
    const column = COLUMNS[audience].revision
    const columns = messageColumns(wanted, audience)
    return db
      .selectFrom('messages')
      .where('ticket_id', '=', ticketId)
      .where(column, '>', after)
      .orderBy(column)
      .limit(size)
      .select([...smallColumns('messages', columns), column])
      .select(smallTexts({ table: 'messages', columns }, small))
      .compile()
  })
}

const selectChanged = { public: selectChangedFor('public'), staff: selectChangedFor('staff') }

async function readChanges(
  tx: Tx,
  ticketId: string,
  audience: Audience,
  { size, wanted, ...place }: StreamPlace & { readonly size: number; readonly wanted: Wanted },
): Promise<Page<TicketMessage>> {
  const stream = await readTicketStream(tx, ticketId, audience)
  if (!goesOnFrom(stream, place)) throw cursorExpired()
  const column = COLUMNS[audience].revision
  const page = { table: 'messages', size, columns: messageColumns(wanted, audience) } as const
  const values = { ticketId, after: place.revision, size, small: smallBytes(size) }
  const found = await selectChanged[audience](wanted)(tx, values)
  const { rows, isCut } = await readTexts(tx, page, found)
  // Each revision belongs to one message, so a page never breaks off within one.
  const entries = rows.map((row) => ({ revision: row[column] ?? 0, item: toMessage(row, audience) }))
  const last = entries.at(-1)
  return last && isCut
    ? { entries, revision: last.revision, hasMore: true, term: lastTerm(stream.terms) }
    : { entries, revision: stream.revision, hasMore: false, term: lastTerm(stream.terms) }
}

/** Reads the message that changed last, again, for a client that may have missed what came before it. */
async function readNewestAgain(
  tx: Tx,
  ticketId: string,
  audience: Audience,
  { epoch, wanted }: { readonly epoch: string; readonly wanted: Wanted },
): Promise<Page<TicketMessage>> {
  const stream = await readTicketStream(tx, ticketId, audience)
  if (stream.epoch !== epoch) throw cursorExpired()
  const column = COLUMNS[audience].revision
  const row = await tx
    .selectFrom('messages')
    .select(messageColumns(wanted, audience))
    .where('ticket_id', '=', ticketId)
    .where(column, 'is not', null)
    .orderBy(column, 'desc')
    .limit(1)
    .executeTakeFirst()
  const { revision, terms } = stream
  const entries = row ? [{ revision, item: toMessage(row, audience) }] : []
  return { entries, revision, hasMore: false, term: lastTerm(terms) }
}

/** What all logs of messages have in common. */
interface MessagesView extends Deps {
  readonly reopen: (follower: MessagesFollower) => Promise<MessagesLog>
}

/** A subscriber to the messages of a ticket, and the fields that are wanted of them. */
interface MessagesFollower {
  readonly viewer: Viewer
  readonly ticketId: string
  readonly connectionId: string
  readonly wanted: Wanted
}

/** Describes the log of a ticket's messages for one subscriber. A class, since there is one per subscriber. */
class MessagesLog implements LogDescription<MessagesChanged, TicketMessage> {
  readonly kind = 'log'
  readonly from: number
  readonly head: number
  readonly epoch: string
  readonly terms: string
  readonly #audience: Audience
  readonly #view: MessagesView
  readonly #follower: MessagesFollower

  constructor(
    view: MessagesView,
    follower: MessagesFollower,
    { epoch, terms, revision }: StreamState,
    from = revision,
  ) {
    this.from = from
    this.head = revision
    this.epoch = epoch
    this.terms = terms
    this.#audience = audienceOf(follower.viewer)
    this.#view = view
    this.#follower = follower
  }

  get source(): string {
    return streamOf(this.#follower.ticketId, this.#audience)
  }

  get scope(): Scope {
    return { audience: this.#audience }
  }

  get topic(): Topic<MessagesChanged> {
    return messagesTopic(this.#follower.ticketId, this.#audience)
  }

  take(event: MessagesChanged): MessagesChanged {
    return event
  }

  read(revision: number, term: string): Promise<Page<TicketMessage>> {
    const { storage, pageSize: size = PAGE_SIZE } = this.#view
    const { viewer, ticketId, wanted } = this.#follower
    return storage.read(async (tx) => {
      await requireAccess(tx, viewer, ticketId)
      return readChanges(tx, ticketId, this.#audience, { epoch: this.epoch, term, revision, size, wanted })
    })
  }

  readReset(): Promise<Page<TicketMessage>> {
    const { viewer, ticketId, wanted } = this.#follower
    return this.#view.storage.read(async (tx) => {
      await requireAccess(tx, viewer, ticketId)
      return readNewestAgain(tx, ticketId, this.#audience, { epoch: this.epoch, wanted })
    })
  }

  acknowledged({ revision, term }: Confirmed): void {
    const { viewer, ticketId } = this.#follower
    const { epoch } = this
    this.#view.noteDelivered({ ticketId, userId: viewer.userId, audience: this.#audience, epoch, term, revision })
  }

  reopen(): Promise<MessagesLog> {
    return this.#view.reopen(this.#follower)
  }

  /** A viewer who follows is in the ticket, until the subscription ends or access is lost. */
  during(fail: Fail): () => void {
    const { guardAccess, join } = this.#view
    const { viewer, ticketId, connectionId } = this.#follower
    const unguard = guardAccess(viewer, ticketId, fail)
    const leave = join(viewer, ticketId, connectionId)
    return () => {
      unguard()
      leave()
    }
  }
}

/** Creates `Tickets.followMessages`, the log of the messages of a ticket. */
export function createFollowMessages(deps: Deps) {
  const { storage } = deps
  const view: MessagesView = { ...deps, reopen: (follower) => followLog(follower, null) }

  const followLog = async (follower: MessagesFollower, after: string | null | undefined): Promise<MessagesLog> => {
    const { viewer, ticketId } = follower
    const stream = await storage.read(async (tx) => {
      await requireTicket(tx, viewer, ticketId)
      return readTicketStream(tx, ticketId, audienceOf(viewer))
    })
    return new MessagesLog(view, follower, stream, after == null ? undefined : revisionOf(after, stream))
  }

  return (
    viewer: Viewer,
    connectionId: string,
    ticketId: string,
    after: string | null | undefined,
    wanted?: Wanted,
  ): Promise<MessagesLog> => followLog({ viewer, ticketId, connectionId, wanted }, after)
}
