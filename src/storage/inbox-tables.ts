import type { Generated } from 'kysely'
import type { OptionalColumns } from './notification-fields.ts'

/** The content of a notification, stored once for all its recipients. Further nullable columns are listed in `notification-fields.ts`. */
export interface NotificationsTable extends OptionalColumns {
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
  /** When the content last changed. Of two changes the later one has the larger time. Null: it never changed. */
  edited_at: number | null
  /** Joins the entry with this key that is unread. Null: it is an entry of its own. */
  group_key: string | null
  /** The number of an announcement: 1, 2, 3 … in commit order. It is the revision of the stream `everyone`. Null: no announcement. */
  announcement: number | null
  excluded_user_id: string | null
  /** 1: the announcement also reaches inboxes that begin later. */
  for_new_users: Generated<number>
}

/** One notification in one user's inbox. */
export interface InboxTable {
  user_id: string
  notification_id: string
  /** The stream revision at which it arrived, of a group for the last time: its place in the inbox. Unique per user. */
  arrived_revision: number
  /** The stream revision that last changed the row. */
  revision: number
  category: string
  /** 1: it arrived without counting, since its user had muted the category then. Null: it counts. */
  muted: number | null
  expires_at: number | null
  /** When a device of the user first acknowledged it since it arrived last. No revision says so. */
  delivered_at: number | null
  seen_at: number | null
  read_at: number | null
  archived_at: number | null
  /** When the backend was last told that nobody saw it. No revision says so. */
  handed_off_at: number | null
  /** When it left the inbox. The row stays as a tombstone, so that a device that was away learns of it. */
  removed_at: number | null
  /** Why it was removed, as in `RemovalReason` of the schema. Null: it was not, or an earlier version has removed it. */
  removal: string | null
  /** When it comes back. While that is set, the row is out of the inbox as if it was removed, and kept. Null: it is not snoozed. */
  snoozed_until: number | null
  /**
   * The stream revisions that last changed each mark, so that a device that was away learns which changed. A mark that a bulk mark set
   * first has null here: the bulk mark has a row of its own.
   */
  seen_revision: number | null
  read_revision: number | null
  archived_revision: number | null
  /** The stream revision that last changed the content. Null: the content is that with which it arrived. */
  content_revision: number | null
  /** The `edited_at` of the content of which the devices of the user were last told. Of a group, `group_members` has it. */
  edited_at: number | null
  /** The notification whose content the row shows: the latest of its group. Null: that of the row itself. */
  content_id: string | null
  /** The key of the notifications for which the row stands. Null: it stands for itself alone. */
  group_key: string | null
  /** For how many notifications the row stands. */
  group_count: number | null
  /** The notifications whose actors the group names, the latest first: a JSON array of ids. */
  group_actors: string | null
  /** When the first notification of the group was sent. */
  first_at: number | null
}

/** A notification of a group in one user's inbox, also the first one, whose id the entry has. */
export interface GroupMembersTable {
  user_id: string
  notification_id: string
  /** The `notification_id` of the entry in the inbox. */
  entry_id: string
  /** The stream revision at which it arrived. */
  revision: number
  /** 1: it arrived without counting. Null: it counts. */
  muted: number | null
  /** The `edited_at` of its content of which the devices of the user were last told. */
  edited_at: number | null
  /** When it was taken out of the group. Its id goes on meaning the entry. */
  removed_at: number | null
}

/** A mark of a whole inbox. By it a device that was away learns of the mark without each id. */
export interface BulkMarksTable {
  user_id: string
  /** The stream revision that made the mark. */
  revision: number
  /** It covers all notifications that arrived up to this revision. */
  up_to: number
  /** The category that it is limited to. Null: all categories. */
  category: string | null
  at: number
  /** `SEEN`, `READ` or `ARCHIVED`. */
  mark: Generated<string>
}
