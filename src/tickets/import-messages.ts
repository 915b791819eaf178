import type { ImportKind, ImportOutcome } from '../storage/import-kind.ts'
import type { Tx } from '../storage/storage.ts'
import { type Advance, advanceEach, newEntries, renewStreams, type StreamHead } from '../storage/streams.ts'
import { type ImportedMessage, requireImportedMessage } from './import-draft.ts'
import { type ImportTarget, type TicketImportDeps, UNKNOWN_TICKET } from './import-tickets.ts'
import { markOfReply, moveMarks, type UserMark } from './read-marks.ts'
import { addMessageTexts } from './search-texts.ts'
import { touched } from './ticket.ts'
import type { MessageRow } from './ticket-message.ts'
import { streamOf } from './ticket-streams.ts'
import { touchTicket } from './touch-ticket.ts'

/** What is needed to know of a message that is there, or that an earlier line has brought. */
interface Known {
  readonly isNote: boolean
}

async function readKnown(tx: Tx, drafts: readonly ImportedMessage[]): Promise<Map<string, Known>> {
  const ids = new Set(drafts.flatMap(({ id, replyToId }) => (replyToId === null ? [id] : [id, replyToId])))
  const rows = await tx
    .selectFrom('messages')
    .select(['id', 'public_number'])
    .where('id', 'in', [...ids])
    .execute()
  return new Map(rows.map(({ id, public_number }) => [id, { isNote: public_number === null }]))
}

/** Why a message cannot answer the one that it names. Undefined: it can, or answers none. */
function mistakeInReply(
  { replyToId, visibility }: ImportedMessage,
  known: ReadonlyMap<string, Known>,
): string | undefined {
  if (replyToId === null) return undefined
  const answered = known.get(replyToId)
  if (!answered) return 'replyToId is unknown in this ticket: the line of that message must come first.'
  if (!answered.isNote || visibility === 'INTERNAL') return undefined
  return 'replyToId names an internal note, which no public message can answer.'
}

/** The messages that are stored of some drafts, and what becomes of each draft. */
interface Plan {
  readonly outcomes: readonly ImportOutcome[]
  readonly fresh: readonly ImportedMessage[]
}

function planOf(
  drafts: readonly ImportedMessage[],
  targets: ReadonlyMap<string, ImportTarget>,
  known: Map<string, Known>,
): Plan {
  const fresh: ImportedMessage[] = []
  const newest = new Map([...targets].map(([id, { newestAt }]) => [id, newestAt ?? 0]))
  const outcomes = drafts.map((draft): ImportOutcome => {
    const { id, ticketId, createdAt, visibility } = draft
    const newestAt = newest.get(ticketId)
    if (newestAt === undefined) return { refused: UNKNOWN_TICKET }
    if (known.has(id)) return 'known'
    const mistake = mistakeInReply(draft, known)
    if (mistake !== undefined) return { refused: mistake }
    if (createdAt < newestAt) {
      const order = 'messages of a ticket must come in the order of their times, the oldest first'
      return { refused: `createdAt is before that of a message which the ticket has already: ${order}.` }
    }
    fresh.push(draft)
    newest.set(ticketId, createdAt)
    known.set(id, { isNote: visibility === 'INTERNAL' })
    return 'stored'
  })
  return { outcomes, fresh }
}

/** How far messages of one ticket move its streams. */
function advancesOf(ticketId: string, drafts: readonly ImportedMessage[]): readonly (readonly [string, Advance])[] {
  const shown = drafts.filter(({ visibility }) => visibility === 'PUBLIC').length
  const staff = [streamOf(ticketId, 'staff'), newEntries(drafts.length)] as const
  return shown === 0 ? [staff] : [staff, [streamOf(ticketId, 'public'), newEntries(shown)]]
}

/** The rows of messages of one ticket, with numbers and revisions that end where its streams are. */
function rowsOf(drafts: readonly ImportedMessage[], streams: ReadonlyMap<string, StreamHead>): readonly MessageRow[] {
  let staffLeft = drafts.length
  let shownLeft = drafts.filter(({ visibility }) => visibility === 'PUBLIC').length
  return drafts.map((draft) => {
    const { author, visibility } = draft
    const [staff, shown] = (['staff', 'public'] as const).map((audience) =>
      streams.get(streamOf(draft.ticketId, audience)),
    )
    staffLeft -= 1
    if (visibility === 'PUBLIC') shownLeft -= 1
    const isShown = visibility === 'PUBLIC' && shown
    return {
      id: draft.id,
      ticket_id: draft.ticketId,
      author_id: author.id,
      author: JSON.stringify(author),
      body: draft.body,
      data: draft.data,
      attachments: draft.attachments,
      reply_to_id: draft.replyToId,
      reactions: null,
      client_message_id: null,
      created_at: draft.createdAt,
      edited_at: draft.editedAt,
      deleted_at: null,
      public_number: isShown ? shown.entries - shownLeft : null,
      public_revision: isShown ? shown.revision - shownLeft : null,
      staff_number: (staff?.entries ?? 0) - staffLeft,
      staff_revision: (staff?.revision ?? 0) - staffLeft,
    }
  })
}

/** Moves a ticket in lists to the times of its new messages: for customers to that of the last one which they see. */
async function touch(tx: Tx, { ticket }: ImportTarget, drafts: readonly ImportedMessage[]): Promise<void> {
  let row = ticket
  for (const visibility of ['PUBLIC', 'INTERNAL'] as const) {
    const last = drafts.findLast((draft) => draft.visibility === visibility)
    if (!last) continue
    await touchTicket(tx, row, visibility, last.createdAt)
    row = { ...row, ...touched(row, visibility, last.createdAt) }
  }
}

/** The read marks of authors at their last messages: who replied had read what was there. */
function marksOf(drafts: readonly ImportedMessage[], rows: readonly MessageRow[]): readonly UserMark[] {
  const marks = new Map<string, UserMark>()
  for (const [index, { author }] of drafts.entries()) {
    const row = rows[index]
    const mark = row && markOfReply(author.role, row)
    if (mark) marks.set(`${mark.audience} ${mark.user_id}`, { mark, user: author })
  }
  return [...marks.values()]
}

async function storeFresh(
  tx: Tx,
  fresh: readonly ImportedMessage[],
  targets: ReadonlyMap<string, ImportTarget>,
): Promise<void> {
  const byTicket = Map.groupBy(fresh, ({ ticketId }) => ticketId)
  const advances = new Map([...byTicket].flatMap(([ticketId, drafts]) => advancesOf(ticketId, drafts)))
  const streams = await advanceEach(tx, advances)
  const stored = [...byTicket].map(([ticketId, drafts]) => ({ ticketId, drafts, rows: rowsOf(drafts, streams) }))
  const rows = stored.flatMap((one) => one.rows)
  await tx.insertInto('messages').values(rows).execute()
  await addMessageTexts(tx, rows)
  await moveMarks(
    tx,
    stored.flatMap((one) => marksOf(one.drafts, one.rows)),
  )
  for (const { ticketId, drafts } of stored) {
    const target = targets.get(ticketId)
    if (target) await touch(tx, target, drafts)
  }
  await renewStreams(tx, [...advances.keys()])
}

/**
 * Creates the import of messages and internal notes, with their old times, at the end of their tickets. Whoever wrote has read what was there
 * before. Nothing is published, nothing handed off, and no ticket is opened again.
 */
export function createImportMessages({ clock, limits, targets }: TicketImportDeps): ImportKind<ImportedMessage> {
  return {
    check: (value) => requireImportedMessage(value, limits, clock.now()),
    store: async (tx, drafts) => {
      const found = await targets.read(
        tx,
        drafts.map(({ ticketId }) => ticketId),
      )
      const { outcomes, fresh } = planOf(drafts, found, await readKnown(tx, drafts))
      if (fresh.length > 0) await storeFresh(tx, fresh, found)
      return outcomes
    },
  }
}
