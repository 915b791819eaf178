import type { Generated, RawBuilder } from 'kysely'
import type { NodesTable, TasksTable, WitnessesTable } from './node-tables.ts'
import type { OptionalColumns } from './notification-fields.ts'

/**
 * The tables as Kysely sees them. Times are milliseconds since 1970, JSON is text, ids are what the caller or `newId` gave:
 * types that SQLite and Postgres read and write alike.
 */
export interface Tables {
  readonly meta: MetaTable
  readonly streams: StreamsTable
  readonly idempotency: IdempotencyTable
  readonly notifications: NotificationsTable
  readonly inbox: InboxTable
  readonly bulk_marks: BulkMarksTable
  readonly tickets: TicketsTable
  readonly participants: ParticipantsTable
  readonly messages: MessagesTable
  readonly ticket_reads: TicketReadsTable
  readonly ticket_departures: TicketDeparturesTable
  readonly last_seen: LastSeenTable
  readonly checkpoints: CheckpointsTable
  readonly incarnation: IncarnationTable
  readonly incarnation_now: IncarnationNowView
  readonly witnesses: WitnessesTable
  readonly nodes: NodesTable
  readonly revocations: RevocationsTable
  readonly tasks: TasksTable
}

/** Facts about the database itself, such as its epoch. */
interface MetaTable {
  key: string
  value: string
}

/** One row a stream. Whoever writes to a stream updates its row first, so writers of one stream stand in line. */
interface StreamsTable {
  stream: string
  /** Random; a stream that was deleted and made again has another one, so that old cursors are recognised. */
  epoch: string
  /** Grows by one with each fact: 1, 2, 3 … in commit order, without holes. */
  revision: number
  /** How many entries were ever added; the newest number of a conversation. */
  entries: number
  /** Facts up to this revision may have been deleted for good: older cursors have expired. */
  pruned: number
  /** Of a user's inbox: announcements up to this one are materialised. */
  announced: number
  /** Of a user's inbox: the last announcement when it began. Up to it, only announcements for new users reach it. */
  began: Generated<number>
  /** Which term wrote from which revision on; see `stream-terms.ts`. */
  terms: Generated<string>
}

/** Which life of the database this is. One row. */
interface IncarnationTable {
  history: string
  term: string
  fingerprint: string
  cluster: string
}

/** The same, and what the database looks like now. A view, since each kind of database says that in its own words. */
interface IncarnationNowView extends IncarnationTable {
  found: string
  cluster_found: string
}

/** What a command with an idempotency key answered. */
interface IdempotencyTable {
  command: string
  key: string
  /** SHA-256 of the canonical input. */
  hash: string
  /** JSON. */
  result: string
  created_at: number
}

/** The content of a notification, once for all its recipients. What else may be null is listed in `notification-fields.ts`. */
interface NotificationsTable extends OptionalColumns {
  id: string
  type: string
  category: string
  title: string
  body: string | null
  data: string | null
  actor_id: string | null
  actor: string | null
  priority: string
  created_at: number
  expires_at: number | null
  /** Of an announcement: 1, 2, 3 … in commit order; the revision of the stream `everyone`. */
  announcement: number | null
  excluded_user_id: string | null
  /** 1: an announcement that reaches inboxes which begin later, too. */
  for_new_users: Generated<number>
}

/** One notification in one user's inbox. */
interface InboxTable {
  user_id: string
  notification_id: string
  /** The stream revision that added it: its place in the list. Unique per user. */
  arrived_revision: number
  /** The stream revision that last changed it. */
  revision: number
  category: string
  expires_at: number | null
  seen_at: number | null
  read_at: number | null
  archived_at: number | null
  /** Retracted or expired. The row stays as a tombstone, so that a device that was away learns of it. */
  removed_at: number | null
  /**
   * The stream revisions that last changed each mark, so that a device that was away learns which changed. Null also when a bulk mark
   * did it first: that has a row of its own.
   */
  seen_revision: number | null
  read_revision: number | null
  archived_revision: number | null
}

/** One mark of a whole inbox as read, so that a device that was away learns of it without each id. */
interface BulkMarksTable {
  user_id: string
  /** The stream revision that made it. */
  revision: number
  /** All that arrived up to here. */
  up_to: number
  /** Null for all categories. */
  category: string | null
  at: number
}

interface TicketsTable {
  id: string
  subject: string | null
  status: string
  assignee_id: string | null
  assignee: string | null
  created_at: number
  /** When something public last changed. */
  public_at: number
  /** When anything last changed, internal notes included. */
  staff_at: number
}

interface ParticipantsTable {
  ticket_id: string
  user_id: string
  actor: string
  /** The order in which they were added. */
  place: number
  /** That of the ticket: where it stands in the list of the user. */
  public_at: number
}

/** A message. Its public columns are null when it is internal: customers read and count by those alone. */
interface MessagesTable {
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
}

/** How far somebody has read a ticket, in the numbering of their audience. */
interface TicketReadsTable {
  ticket_id: string
  user_id: string
  audience: string
  number: number
}

/** A ticket that is no longer in the list of somebody, so that a device that was away learns of it. */
interface TicketDeparturesTable {
  user_id: string
  /** `participant` or `assignee`: what the user was. */
  was: string
  ticket_id: string
  at: number
}

/** When a user was last online. */
interface LastSeenTable {
  user_id: string
  at: number
}

/** How far subscriptions got: one row for each node that has had one. Times are by the clock of the database. */
interface CheckpointsTable {
  /** Names the user, the operation and what it asks. */
  key: string
  /** The process that moves this row; empty: none. */
  node: string
  user_id: string
  /** Of the stream. */
  epoch: string
  /** The last term of the stream when the checkpoint was reached. */
  term: string
  /** Null: this subscription cannot be continued. */
  revision: number | null
  expires_at: number
  /** 1: its client has answered an acknowledgement ping, so that one that is silent now only cannot answer now. */
  has_echoed: number
  /** 1: several clients have it under this key. */
  is_shared: number
  /** 1: a socket of the node has it. */
  is_held: number
  /** When a client came to the node last. */
  came_at: number
  /** When a client of the node was last certainly there. */
  alive_at: number
  /** When somebody came to another node, who may be the client of this one; 0: never since a client came here. */
  doubted_at: number
}

/** Tokens that are refused although they have not ended. */
interface RevocationsTable {
  /** The revision of the stream `revocations` that wrote it last: who knows all up to one reads what is behind it. */
  seq: number
  /** `user` or `token`: what `key` names. */
  kind: string
  /** A user id, or the `jti` of a token. */
  key: string
  /** Of a user: tokens that were issued before are refused, and those that do not say when. */
  not_before: number | null
  /** No token that this is about can be good any more. */
  expires_at: number
}

/** The type of text columns, as a database writes it. They compare bytewise, whatever its language. */
export type TextType = 'text' | RawBuilder<unknown>
