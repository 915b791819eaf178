import { z } from 'zod'
import { type Bus, type Topic, topic } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { optionalText } from '../lib/input.ts'
import { withoutNulls } from '../lib/json.ts'
import type { Limits } from '../lib/limits.ts'
import { IDEMPOTENCY_KEY, USER_ID } from '../lib/values.ts'
import { formerKey, once } from '../storage/idempotency.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { advanceStream, ONE_ENTRY } from '../storage/streams.ts'
import {
  formerMeaningOfContent,
  isLate,
  late,
  meaningOfContent,
  type NotificationInput,
  requireContent,
} from './content.ts'
import { ANNOUNCEMENTS } from './inbox-rows.ts'

/** A notification to everyone. */
export interface AnnounceInput {
  readonly notification: NotificationInput
  /** Everyone but this user. */
  readonly excludeUserId?: string | null | undefined
  /** Also users whose inbox begins later, as long as it has neither expired nor been retracted. */
  readonly includeNewUsers?: boolean | null | undefined
  /** 1 to 255 characters; remembered for 24 hours. */
  readonly idempotencyKey?: string | null | undefined
}

/** What became of it. */
export interface Announced {
  readonly notificationId: string
  /** The key was used before: nothing was sent now, and this is the first result. */
  readonly isDuplicate: boolean
}

/** An invalidation: there is an announcement in the store. Its content is not in the event. */
export interface AnnouncementStored {
  readonly notificationId: string
}

/** Where nodes learn of an announcement. Each of them materialises it in the inboxes of the users who are online there. */
export const announcementTopic: Topic<AnnouncementStored> = topic(
  ANNOUNCEMENTS,
  z.object({ notificationId: z.string() }),
)

/** `commandKey`: what a command from Redis is known by when it has no key of its own. */
export type Announce = (input: AnnounceInput, commandKey?: string) => Promise<Announced>

export interface AnnounceDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

/**
 * The command that stores a notification for everyone, once, and publishes to all nodes that it is there. Throws
 * BAD_USER_INPUT, and CONFLICT when the key was used with other input.
 */
export function createAnnounce({ storage, bus, clock, limits }: AnnounceDeps): Announce {
  return async (input, commandKey) => {
    const key = optionalText('idempotencyKey', input.idempotencyKey, IDEMPOTENCY_KEY) ?? commandKey ?? null
    const now = clock.now()
    const excluded = optionalText('excludeUserId', input.excludeUserId, USER_ID)
    const content = requireContent(input.notification, limits, now)
    const forNewUsers = input.includeNewUsers ? { for_new_users: 1 } : {}
    const meaning = withoutNulls({ excluded, content: meaningOfContent(content), ...forNewUsers })
    const formerInput = { excluded, content: formerMeaningOfContent(content) }
    const former = key === null || input.includeNewUsers ? undefined : { key: formerKey(key), input: formerInput }
    const command = { command: 'announce', key, input: meaning, former, now }
    const store = async (tx: Tx): Promise<void> => {
      if (isLate(content)) throw late()
      const { revision: announcement } = await advanceStream(tx, ANNOUNCEMENTS, ONE_ENTRY)
      await tx
        .insertInto('notifications')
        .values({ ...content, announcement, excluded_user_id: excluded, ...forNewUsers })
        .execute()
    }
    const announced = { notificationId: content.id }
    const { result, isDuplicate } = await storage.write(
      (tx) => once(tx, command, announced, () => store(tx)),
      ANNOUNCEMENTS,
    )
    if (!isDuplicate) bus.publish(announcementTopic, result)
    return { ...result, isDuplicate }
  }
}
