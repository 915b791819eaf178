import type { Generated } from 'kysely'

// Tables of what Herald tells the backend.

/** An event for the backend that one exit has not sent yet. With two exits there are two rows with the same id. */
export interface BackendEventsTable {
  /** The name of the exit: `redis` or `webhook`. */
  exit: string
  id: string
  /** What the event is about, such as `user:ann`. Events of one subject are sent in their order. */
  subject: string
  /** Grows with each event of the subject. Of two equal ones, the smaller id is the earlier one. */
  place: number
  /** Whose event it is. It is deleted when this user is erased. */
  user_id: string | null
  type: string
  /** The whole event, as JSON. */
  body: string
  created_at: number
  /** When it may be sent, or sent again. Of a claimed row: when another node may take it over. */
  next_at: number
  /** How often sending it has failed. */
  attempts: number
  /** Names the node's attempt that is under way. */
  claim: string | null
  /** Why the last attempt failed. */
  error: string | null
  /** When it was given up. Null: it will be sent. */
  dead_at: number | null
}

/** Something that is handed off to the backend when it is due, unless its user has seen it by then. */
export interface HandOffsTable {
  user_id: string
  /** What the item is: `inbox` or `ticket`. */
  kind: string
  /** The id of the notification or ticket. */
  item: string
  due_at: number
  /** What will be due in this time goes with it, in milliseconds. */
  window_ms: number
  /** What makes it superfluous: names such as `SEEN`, separated by commas. */
  unless: string
  /** When it was due before it had to wait for the end of its user's quiet hours. Null: it does not wait for that. */
  held_since: Generated<number | null>
}
