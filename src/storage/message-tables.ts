import type { Generated } from 'kysely'

/** A message of a ticket. Its public columns are null when it is internal: customers read and count by those alone. */
export interface MessagesTable {
  id: string
  ticket_id: string
  author_id: string
  author: string
  body: string | null
  data: string | null
  client_message_id: string | null
  created_at: number
  edited_at: number | null
  deleted_at: number | null
  public_number: number | null
  public_revision: number | null
  staff_number: number
  staff_revision: number
  /** The attachments as a JSON list. Null: none. */
  attachments: string | null
  /** The message that it answers, in the same ticket. */
  reply_to_id: string | null
  /** What is shown of the reactions, as a JSON list. Null: none. */
  reactions: string | null
}

/** A reaction of a user to a message. */
export interface ReactionsTable {
  message_id: string
  emoji: string
  user_id: string
  ticket_id: string
  /** The revision of the staff stream that added it, so reactions to a message are in the order of coming. */
  revision: number
}

/** A text that a message had before it was edited. */
export interface MessageEditsTable {
  message_id: string
  /** The revision of the staff stream that replaced the text. */
  revision: number
  body: string
  at: number
}

/** A message or a subject as it is searched by. Both databases have an index of the terms. */
export interface SearchTextsTable {
  /** Texts are found in this order, which is that of time. */
  place: number
  /** The id of the message, or that of a subject. */
  id: string
  ticket_id: string
  /** Null: it is a subject. */
  message_id: string | null
  /** See `search-index.ts`. */
  terms: string
}

/** How far a user has read a ticket, and how far it has reached them, in the message numbers of their audience. */
export interface TicketReadsTable {
  ticket_id: string
  /** Empty in the row of staff whose users were erased: what staff has read stays read. */
  user_id: string
  audience: string
  number: number
  /** Of staff: who they were when they read last. Null in rows of earlier versions, and of customers, who are participants. */
  actor: Generated<string | null>
  /** A device of the user has acknowledged up to this message. May be behind `number`, which then counts. */
  delivered: Generated<number>
}

/** A ticket of which nothing is handed off to a user. */
export interface TicketMutesTable {
  ticket_id: string
  user_id: string
  /** When that ends. Null: never. A row whose time is over means nothing. */
  until: number | null
}
