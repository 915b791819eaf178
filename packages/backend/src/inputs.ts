/** A JSON object, such as `{ invoice: 4711 }`. Numbers beyond 2^53 - 1 are sent as texts: Herald refuses what would become another number. */
export type Json = Readonly<Record<string, unknown>>

/** A moment: a Date, or a text such as `2026-12-24T18:00:00Z`. */
export type Moment = Date | string

/** The content of a notification. The schema of Herald describes each field. */
export interface NotificationInput {
  /** What kind it is, by a machine name with dots: `billing.invoice.paid`. */
  readonly type: string
  readonly category?: string | null
  /** One line to show. */
  readonly title: string
  readonly body?: string | null
  readonly data?: Json | null
  readonly actor?: { readonly userId: string; readonly name?: string | null; readonly avatarUrl?: string | null } | null
  readonly actionUrl?: string | null
  readonly imageUrl?: string | null
  readonly priority?: 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT'
  readonly expiresAt?: Moment | null
  /** While a notification of the user with the same key is unread, this one joins it. Not for announcements. */
  readonly groupKey?: string | null
  /** When your backend is told that nobody saw it. Null: never. */
  readonly handOff?: {
    readonly afterSeconds?: number
    readonly unless?: readonly ('DELIVERED' | 'SEEN' | 'READ' | 'ONLINE')[]
  } | null
}

/** A notification, and who gets it. */
export interface NotifyInput {
  /** 1 to 10,000 ids. */
  readonly userIds: readonly string[]
  readonly notification: NotificationInput
  /**
   * Makes sending again safe for 24 hours, also after a restart of your backend: `invoice-4711-paid`. Without one, each call has a random
   * key, so only what this library repeats is safe.
   */
  readonly idempotencyKey?: string
}

/** A notification to everyone. */
export interface AnnounceInput {
  readonly notification: Omit<NotificationInput, 'groupKey' | 'handOff'>
  readonly excludeUserId?: string | null
  /** Whether those whose inbox begins later get it, too. */
  readonly includeNewUsers?: boolean
  /** As in `NotifyInput`. */
  readonly idempotencyKey?: string
}

/** What became of `notify`. */
export interface NotifyResult {
  readonly notificationId: string
  /** How many users got it. */
  readonly recipients: number
  /** The key was used before: this is the first result, and nothing was sent now. */
  readonly isDuplicate: boolean
}

/** What became of `announce`. */
export type AnnounceResult = Omit<NotifyResult, 'recipients'>

/** What became of a custom event. */
export interface SendResult {
  readonly id: string
  readonly at: string
}
