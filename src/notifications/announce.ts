import { z } from 'zod'
import { type Bus, type Topic, topic } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { badInput } from '../lib/errors.ts'
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
import { refuseHandOff } from './hand-off.ts'
import { ANNOUNCEMENTS } from './inbox-rows.ts'

/** The input of `announce`: a notification to everyone. */
export interface AnnounceInput {
  readonly notification: NotificationInput
  /** The user who does not get the notification. */
  readonly excludeUserId?: string | null | undefined
  /** Whether users also get it whose inbox begins later, as long as it has neither expired nor been retracted. */
  readonly includeNewUsers?: boolean | null | undefined
  /** 1 to 255 characters. A key is remembered for 24 hours. */
  readonly idempotencyKey?: string | null | undefined
}

/** The result of `announce`: the id of the notification. */
export interface Announced {
  readonly notificationId: string
  /** The idempotency key was used before. Nothing was sent now, and this is the first result. */
  readonly isDuplicate: boolean
}

/** An invalidation: an announcement was stored. Its content is not in the event; nodes read it from the store. */
export interface AnnouncementStored {
  readonly notificationId: string
}

/** The topic on which nodes learn of an announcement. Each node materialises it in the inboxes of the users who are online there. */
export const announcementTopic: Topic<AnnouncementStored> = topic(
  ANNOUNCEMENTS,
  z.object({ notificationId: z.string() }),
)

/** Sends a notification to everyone. `commandKey` is the key of a command from Redis, for when the input has none of its own. */
export type Announce = (input: AnnounceInput, commandKey?: string) => Promise<Announced>

export interface AnnounceDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

/**
 * Creates `Announce`. It stores a notification for everyone, once, and publishes to all nodes that it is there. Throws BAD_USER_INPUT, and
 * CONFLICT when the key was used with other input.
 */
export function createAnnounce({ storage, bus, clock, limits }: AnnounceDeps): Announce {
  return async (input, commandKey) => {
    const key = optionalText('idempotencyKey', input.idempotencyKey, IDEMPOTENCY_KEY) ?? commandKey ?? null
    const now = clock.now()
    const excluded = optionalText('excludeUserId', input.excludeUserId, USER_ID)
    const content = requireContent(input.notification, limits, now)
    refuseHandOff(input.notification)
    if (content.group_key !== null) throw badInput('groupKey is not for announcements.')
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
