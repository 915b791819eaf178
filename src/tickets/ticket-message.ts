import type { Selectable } from 'kysely'
import type { Actor } from '../auth/viewer.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Tables } from '../storage/tables.ts'
import { type Audience, COLUMNS, type Visibility } from './audience.ts'
import type { PageInfo } from './page-info.ts'

/** A message as one audience sees it. */
export interface TicketMessage {
  readonly id: string
  readonly ticketId: string
  /** Its place in what this audience sees: 1, 2, 3 … without holes. */
  readonly number: number
  readonly visibility: Visibility
  readonly author: Actor
  readonly body: string | null
  readonly data: JsonObject | null
  readonly clientMessageId: string | null
  readonly createdAt: number
  readonly editedAt: number | null
  readonly deletedAt: number | null
}

export interface TicketMessageEdge {
  readonly cursor: string
  readonly node: TicketMessage
}

/** A page of a conversation, oldest first. */
export interface TicketMessagePage {
  readonly edges: readonly TicketMessageEdge[]
  readonly nodes: readonly TicketMessage[]
  readonly pageInfo: PageInfo
  /** The stream position of the same snapshot. */
  readonly resumeCursor: string
}

export type MessageRow = Selectable<Tables['messages']>

export const visibilityOf = (row: Pick<MessageRow, 'public_number'>): Visibility =>
  row.public_number === null ? 'INTERNAL' : 'PUBLIC'

/** The message in a row, in the numbering of an audience. Throws rather than show a note to customers. */
export const toMessage = (row: MessageRow, audience: Audience): TicketMessage => {
  const number = row[COLUMNS[audience].number]
  if (number === null) throw new Error(`The message ${row.id} is not for the ${audience} audience`)
  return {
    id: row.id,
    ticketId: row.ticket_id,
    number,
    visibility: visibilityOf(row),
    author: JSON.parse(row.author),
    body: row.body,
    data: row.data === null ? null : JSON.parse(row.data),
    clientMessageId: row.client_message_id,
    createdAt: row.created_at,
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
  }
}
