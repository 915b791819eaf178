import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { optionalText, requireIds } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { once } from '../storage/idempotency.ts'
import { advanceLanes, ONE_ENTRY } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type Content, type NotificationInput, requireContent, toComparable, toRow } from './content.ts'
import { insertEntries, toUnmarked } from './inbox.ts'
import { type AddressedEvent, type InboxWrite, inboxLane, tell, toEvents } from './inbox-events.ts'
import type { TakeIn } from './taking-in.ts'

/** A notification to named users. */
export interface NotifyInput {
  /** 1 to `limits.recipients`; an id given twice is told once. */
  readonly userIds: readonly string[]
  readonly notification: NotificationInput
  /** 1 to 255 characters; remembered for 24 hours. */
  readonly idempotencyKey?: string | null | undefined
}

/** What became of it. */
export interface Notified {
  readonly notificationId: string
  /** How many different users were told. */
  readonly recipients: number
  /** The key was used before: nothing was sent now, and this is the first result. */
  readonly isDuplicate: boolean
}

export interface NotifyDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly takeIn: TakeIn
}

const store = async (tx: Tx, users: readonly string[], content: Content, now: number) => {
  const row = toRow(content, now)
  const lanes = await advanceLanes(tx, users.map(inboxLane), ONE_ENTRY)
  await tx.insertInto('notifications').values(row).execute()
  const arrived = toUnmarked(row)
  const writes = users.flatMap((userId): InboxWrite[] => {
    const lane = lanes.get(inboxLane(userId))
    if (!lane) return []
    const { revision } = lane
    const notification = { ...arrived, revision, position: revision }
    return [{ userId, lane, previous: revision - 1, facts: [{ kind: 'added', revision, notification }] }]
  })
  await insertEntries(
    tx,
    writes.map(({ userId, lane }) => ({ userId, position: lane.revision, content: row })),
  )
  return { notificationId: row.id, writes }
}

/**
 * Makes the command that stores a notification for users, however many, in one transaction, and tells their devices.
 * Throws BAD_USER_INPUT, and CONFLICT when the key was used with other input.
 */
export const createNotify =
  ({ storage, bus, clock, limits, takeIn }: NotifyDeps) =>
  async (input: NotifyInput): Promise<Notified> => {
    const key = optionalText('idempotencyKey', input.idempotencyKey, { max: 255 })
    const users = requireIds('userIds', input.userIds, limits.recipients)
    const content = requireContent(input.notification, limits)
    await takeIn(users)
    const now = clock.now()
    const command = { command: 'notify', key, input: { users, content: toComparable(content) }, now }
    const [first, ...others] = users.map(inboxLane)
    const { events, ...notified } = await storage.write(
      async (tx) => {
        let events: readonly AddressedEvent[] = []
        const { result, isDuplicate } = await once(tx, command, async () => {
          const { notificationId, writes } = await store(tx, users, content, now)
          events = await toEvents(tx, writes, limits.unreadCap)
          return { notificationId, recipients: writes.length }
        })
        return { ...result, isDuplicate, events }
      },
      // With several lanes there is no one line to stand in.
      others.length === 0 ? first : undefined,
    )
    await tell(bus, events)
    return notified
  }
