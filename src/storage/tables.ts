import type { Generated, RawBuilder } from 'kysely'
import type { BackendEventsTable, HandOffsTable } from './handoff-tables.ts'
import type { BulkMarksTable, GroupMembersTable, InboxTable, NotificationsTable } from './inbox-tables.ts'
import type {
  MessageEditsTable,
  MessagesTable,
  ReactionsTable,
  SearchTextsTable,
  TicketMutesTable,
  TicketReadsTable,
} from './message-tables.ts'
import type { NodesTable, TasksTable, WitnessesTable } from './node-tables.ts'
import type { PreferencesTable, QuietHoursTable } from './preference-tables.ts'

/**
 * The tables as Kysely sees them. Times are milliseconds since 1970, JSON is text, ids are given by the caller or made by `newId`. SQLite
 * and Postgres read and write these types alike.
 */
export interface Tables {
  readonly meta: MetaTable
  readonly streams: StreamsTable
  readonly idempotency: IdempotencyTable
  readonly notifications: NotificationsTable
  readonly inbox: InboxTable
  readonly group_members: GroupMembersTable
  readonly bulk_marks: BulkMarksTable
  readonly tickets: TicketsTable
  readonly participants: ParticipantsTable
  readonly messages: MessagesTable
  readonly message_edits: MessageEditsTable
  readonly reactions: ReactionsTable
  readonly search_texts: SearchTextsTable
  readonly ticket_reads: TicketReadsTable
  readonly ticket_mutes: TicketMutesTable
  readonly ticket_departures: TicketDeparturesTable
  readonly last_seen: LastSeenTable
  readonly checkpoints: CheckpointsTable
  readonly incarnation: IncarnationTable
  readonly incarnation_now: IncarnationNowView
  readonly witnesses: WitnessesTable
  readonly nodes: NodesTable
  readonly revocations: RevocationsTable
  readonly tasks: TasksTable
  readonly backend_events: BackendEventsTable
  readonly hand_offs: HandOffsTable
  readonly preferences: PreferencesTable
  readonly quiet_hours: QuietHoursTable
}

/** Values about the database itself, such as its epoch. */
interface MetaTable {
  key: string
  value: string
}

/** One row per stream. A writer updates the row of its stream first, so the writers of one stream stand in line. */
interface StreamsTable {
  stream: string
  /** Random. A stream that was deleted and made again has another one, so that old cursors are recognised. */
  epoch: string
  /** Grows by one with each change: 1, 2, 3 … in commit order, without holes. */
  revision: number
  /** How many entries were ever added. In a conversation that is the number of the newest message. */
  entries: number
  /** Changes up to this revision may have been deleted for good: older cursors have expired. */
  pruned: number
  /** Of a user's inbox: announcements up to this number are materialised. */
  announced: number
  /** Of a user's inbox: the last announcement when it began. Of announcements up to it, only those for new users reach the inbox. */
  began: Generated<number>
  /** Which term wrote from which revision on; see `stream-terms.ts`. */
  terms: Generated<string>
}

/** The history and the term of the database; see `incarnation.ts`. One row. */
interface IncarnationTable {
  history: string
  term: string
  fingerprint: string
  cluster: string
}

/** The row of `incarnation`, and what the database looks like now. A view, since SQLite and Postgres find that in different ways. */
interface IncarnationNowView extends IncarnationTable {
  found: string
  cluster_found: string
}

/** The result of a command that had an idempotency key. */
interface IdempotencyTable {
  command: string
  key: string
  /** SHA-256 of the canonical JSON of the input, as base64url. */
  hash: string
  /** What the command answered, as JSON. */
  result: string
  created_at: number
}

interface TicketsTable {
  id: string
  subject: string | null
  status: string
  assignee_id: string | null
  assignee: string | null
  created_at: number
  /** When something public in the ticket last changed. */
  public_at: number
  /** When anything in the ticket last changed, internal notes included. */
  staff_at: number
  /** How often something public in the ticket changed, and how often anything did. */
  public_revision: Generated<number>
  staff_revision: Generated<number>
}

interface ParticipantsTable {
  ticket_id: string
  user_id: string
  actor: string
  /** Grows in the order in which participants were added. */
  place: number
  /** The `public_at` of the ticket, by which it is sorted in the list of the user. */
  public_at: number
}

/** A ticket that has left the list of a user. By it a device that was away learns of that. */
interface TicketDeparturesTable {
  user_id: string
  /** `participant` or `assignee`: what the user was in the ticket. */
  was: string
  ticket_id: string
  at: number
}

/** When a user was last online. */
interface LastSeenTable {
  user_id: string
  at: number
}

/** How far a subscription got, with one row for each node that has had it. Times are by the clock of the database. */
interface CheckpointsTable {
  /** A hash of the user, the operation id and the operation key. */
  key: string
  /** The node that moves this row. Empty: none. */
  node: string
  user_id: string
  /** The epoch of the stream. */
  epoch: string
  /** The last term of the stream when the checkpoint was reached. */
  term: string
  /** The acknowledged revision. Null: this subscription cannot be continued. */
  revision: number | null
  expires_at: number
  /** 1: the client has answered an acknowledgement ping before. When it is silent now, it only cannot answer now. */
  has_echoed: number
  /** 1: several clients use this operation id. */
  is_shared: number
  /** 1: a socket of the node has the subscription open. */
  is_held: number
  /** When a client last came to the node. */
  came_at: number
  /** When a client of the node was last certainly there. */
  alive_at: number
  /** When a client last came to another node, which may be the client of this row. 0: none has since a client came here. */
  doubted_at: number
}

/** A token, or all earlier tokens of a user, that are refused although they have not ended. */
interface RevocationsTable {
  /** The revision of the stream `revocations` that last wrote the row. A node that knows all up to one revision reads what is behind it. */
  seq: number
  /** `user` or `token`: what `key` names. */
  kind: string
  /** A user id, or the `jti` of a token. */
  key: string
  /** Of a user: tokens that were issued before this time are refused, and tokens that do not say when they were issued. */
  not_before: number | null
  /** After this time no token that the row is about can be valid any more. */
  expires_at: number
}

/** The SQL type of text columns, which must compare bytewise, whatever the language of the database. */
export type TextType = 'text' | RawBuilder<unknown>
