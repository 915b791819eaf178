import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Actor } from '../auth/viewer.ts'
import type { JsonObject } from '../lib/json.ts'
import type { PageInfo } from '../lib/pages.ts'
import { columnsFor, parsed, type Wanted, wants } from '../lib/wanted.ts'
import type { Tables } from '../storage/tables.ts'
import { type Attachment, attachmentsOf } from './attachments.ts'
import { type Audience, COLUMNS, type Visibility } from './audience.ts'
import { type Reaction, reactionsOf } from './reactions.ts'

/** A message as one audience sees it. */
export interface TicketMessage {
  readonly id: string
  readonly ticketId: string
  /** The place of the message in what this audience sees: 1, 2, 3 … without holes. */
  readonly number: number
  /** The revision of the audience's stream that last changed the message. Of two versions the larger is newer. */
  readonly revision: number
  readonly visibility: Visibility
  readonly author: Actor
  readonly body: string | null
  readonly data: JsonObject | null
  readonly attachments: readonly Attachment[]
  /** The message that it answers; null if none. */
  readonly replyToId: string | null
  /** The reactions to it, those that came first in front. */
  readonly reactions: readonly Reaction[]
  readonly clientMessageId: string | null
  readonly createdAt: number
  readonly editedAt: number | null
  readonly deletedAt: number | null
}

/** A message on a page, with its page cursor. */
export interface TicketMessageEdge {
  readonly cursor: string
  readonly node: TicketMessage
}

/** A page of a conversation, oldest first. */
export interface TicketMessagePage {
  readonly edges: readonly TicketMessageEdge[]
  readonly nodes: readonly TicketMessage[]
  readonly pageInfo: PageInfo
  /** The cursor of the audience's stream in the same snapshot: a subscription goes on from there. */
  readonly resumeCursor: string
}

/** The row of a message, with the columns of both audiences. */
export type MessageRow = Selectable<Tables['messages']>

/** Whether a message is public, or an internal note, which has no public number. */
export function visibilityOf(row: Pick<MessageRow, 'public_number'>): Visibility {
  return row.public_number === null ? 'INTERNAL' : 'PUBLIC'
}

type MessageColumn =
  | 'id'
  | 'ticket_id'
  | 'author'
  | 'body'
  | 'data'
  | 'attachments'
  | 'reply_to_id'
  | 'reactions'
  | 'client_message_id'
  | 'created_at'
  | 'edited_at'
  | 'deleted_at'
  | 'public_number'
  | 'staff_number'
  | 'public_revision'
  | 'staff_revision'

/** The fields of a message in the schema that are not made of the columns of an audience. */
type Field = Exclude<keyof TicketMessage, 'number' | 'revision' | 'replyToId'> | 'replyTo' | 'edits'

/** The columns of which each field of a message is made, beside those that each audience has of its own. */
const MADE_OF: Readonly<Record<Field, readonly MessageColumn[]>> = {
  id: ['id'],
  ticketId: ['ticket_id'],
  visibility: ['public_number'],
  author: ['author'],
  body: ['body'],
  data: ['data'],
  attachments: ['attachments'],
  replyTo: ['reply_to_id'],
  reactions: ['reactions'],
  edits: ['edited_at', 'deleted_at'],
  clientMessageId: ['client_message_id'],
  createdAt: ['created_at'],
  editedAt: ['edited_at'],
  deletedAt: ['deleted_at'],
}

/** The columns that are read for the wanted fields of messages, as an audience sees them. */
export function messageColumns(wanted: Wanted, audience: Audience): readonly MessageColumn[] {
  const { number, revision } = COLUMNS[audience]
  return columnsFor(wanted, { ...MADE_OF, excerpt: ['body'], revision: [revision] }, [number])
}

/** Characters of a text of which an excerpt is made. */
const EXCERPT_FROM = 1_000

/** SQL for a column of messages, which are `m` there. Of a text of which only the excerpt is wanted, no more than that is read. */
export function excerptColumns(wanted: Wanted, column: string): RawBuilder<unknown> {
  const its = sql.ref(`m.${column}`)
  return column === 'body' && !wants(wanted, 'body') ? sql`substr(${its}, 1, ${sql.lit(EXCERPT_FROM)}) AS body` : its
}

const EXCERPT = 140

/** The beginning of a text on one line: at most 140 characters, the last one an ellipsis when there is more. Null for null. */
export function excerptOf(text: string | null): string | null {
  if (text == null) return null
  const line = text.slice(0, EXCERPT_FROM).replace(/\s+/gu, ' ').trim()
  const characters = [...line]
  return characters.length > EXCERPT ? `${characters.slice(0, EXCERPT - 1).join('')}…` : line
}

/**
 * Makes a message of a row, in the numbering of an audience. Fields whose columns were not read are undefined. Throws when the audience may
 * not see the message, so that no internal note is ever shown to customers.
 */
export function toMessage(row: Pick<MessageRow, MessageColumn>, audience: Audience): TicketMessage {
  const { [COLUMNS[audience].number]: number, [COLUMNS[audience].revision]: revision } = row
  if (number === null || revision === null) throw new Error(`The message ${row.id} is not for the ${audience} audience`)
  return {
    id: row.id,
    ticketId: row.ticket_id,
    number,
    revision,
    visibility: visibilityOf(row),
    author: parsed(row.author) as Actor,
    body: row.body,
    data: parsed(row.data),
    attachments: attachmentsOf(row.attachments),
    replyToId: row.reply_to_id,
    reactions: reactionsOf(row.reactions),
    clientMessageId: row.client_message_id,
    createdAt: row.created_at,
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
  }
}
