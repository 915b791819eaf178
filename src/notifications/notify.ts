import type { Bus } from '../bus/bus.ts'
import { createBatches } from '../lib/batches.ts'
import { type BulkLimiter, createBulkLimiter } from '../lib/bulk-limiter.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { optionalText, requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { IDEMPOTENCY_KEY, USER_ID } from '../lib/values.ts'
import { createAroundHeld, whenFree } from '../storage/around-held.ts'
import { WITHOUT_WAITING } from '../storage/held.ts'
import { formerKey } from '../storage/idempotency.ts'
import type { Storage } from '../storage/storage.ts'
import {
  type Content,
  formerMeaningOfContent,
  isLate,
  meaningOfContent,
  type NotificationInput,
  requireContent,
} from './content.ts'
import { type InboxHandOff, meaningOfHandOff, resolveHandOff } from './hand-off.ts'
import { inboxStream, publishEvents, toEvents } from './inbox-events.ts'
import type { Materialise } from './materialise.ts'
import { type Notified, type NotifyOrder, storeOrders } from './notify-batch.ts'
import type { InboxPreferences } from './preferred.ts'

/** The input of `notify`: a notification to named users. */
export interface NotifyInput {
  /** 1 to `limits.recipients` users. An id that is given twice counts once. */
  readonly userIds: readonly string[]
  readonly notification: NotificationInput
  /** 1 to 255 characters. A key is remembered for 24 hours. */
  readonly idempotencyKey?: string | null | undefined
}

/** Sends a notification to users. `commandKey` is the key of a command from Redis, for when the input has none of its own. */
export type Notify = (input: NotifyInput, commandKey?: string) => Promise<Notified>

export interface NotifyDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly materialise: Materialise
  /** Hands off to the backend what nobody sees. Undefined: there is no way to the backend. */
  readonly handOff?: InboxHandOff | undefined
  /** Undefined: no user prefers anything. */
  readonly preferences?: InboxPreferences | undefined
}

/** The most commands that share a transaction. */
const MAX_TOGETHER = 100
/** The most users of a command that shares a transaction. Larger commands would hold up the others. */
const MAX_USERS_TOGETHER = 20

type Outcome = Notified | Error

function isOutage(error: unknown): boolean {
  return error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE'
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function streamsOf({ users }: NotifyOrder): readonly string[] {
  return users.map(inboxStream)
}

function claimOf(
  key: string,
  users: readonly string[],
  content: Content,
  handOff: NotificationInput['handOff'],
): NotifyOrder['claim'] {
  return {
    key,
    // The users are a set, so their order means nothing.
    input: { users: [...users].sort(), content: meaningOfContent(content), ...meaningOfHandOff(handOff) },
    former: { key: formerKey(key), input: { users, content: formerMeaningOfContent(content) } },
  }
}

/** Creates the ways to carry out commands: several in one transaction, or one that waits for what it needs. */
function createCarryOut(deps: NotifyDeps, bulkLimiter: BulkLimiter) {
  const { storage, bus, clock, limits, materialise, handOff, preferences } = deps
  const carryOut = async (
    orders: readonly NotifyOrder[],
    stream: string | typeof WITHOUT_WAITING | undefined,
    began: number,
  ): Promise<readonly Outcome[]> => {
    const { outcomes, events } = await storage.write(async (tx) => {
      const { outcomes, writes } = await storeOrders(tx, orders, {
        now: clock.now(),
        began,
        scheduleHandOff: handOff?.schedule,
        preferences,
      })
      return { outcomes, events: await toEvents(tx, writes, limits.unreadCap) }
    }, stream)
    await publishEvents(bus, events)
    return outcomes
  }

  const carryOutOne = async (order: NotifyOrder, stream: string | undefined): Promise<Notified> => {
    const began = await materialise(order.users)
    const [outcome] = await carryOut([order], stream, began)
    if (!outcome || outcome instanceof Error) throw outcome
    return outcome
  }

  /**
   * Carries out commands in one transaction. When that fails, each is carried out by itself, so that only those fail that cannot be done.
   */
  const carryOutTogether = async (orders: readonly NotifyOrder[]): Promise<readonly Outcome[]> => {
    try {
      const began = await materialise([...new Set(orders.flatMap(({ users }) => users))], 'now')
      return await carryOut(orders, WITHOUT_WAITING, began)
    } catch (error) {
      // An outage meets all alike, and what may be stored must not be tried again.
      if (isOutage(error)) throw error
      const outcomes: Outcome[] = []
      for (const order of orders) outcomes.push(await carryOutOne(order, undefined).catch(toError))
      return outcomes
    }
  }

  /** Carries out a command to many users. It locks nothing while it waits, because many others would wait with it. */
  const carryOutLarge = async (order: NotifyOrder): Promise<Notified> => {
    const attempt = async (): Promise<readonly Outcome[]> => {
      const began = await materialise(order.users, 'now')
      return carryOut([order], WITHOUT_WAITING, began)
    }
    const [outcome] = await whenFree(storage, streamsOf(order), () => bulkLimiter.large(attempt))
    if (!outcome || outcome instanceof Error) throw outcome
    return outcome
  }

  return { carryOutTogether, carryOutOne, carryOutLarge }
}

/**
 * Creates `Notify`. It stores a notification for users, however many, in one transaction, and publishes it to their devices. Throws
 * BAD_USER_INPUT, and CONFLICT when the key was used with other input.
 *
 * Commands to few users that come while others are carried out share the next transaction, in the order of coming. A command to an inbox
 * that another transaction holds waits for it by itself. Between commands to many users, those to few have their turn.
 */
export function createNotify(deps: NotifyDeps): Notify {
  const { clock, limits } = deps
  const bulkLimiter = createBulkLimiter()
  const { carryOutTogether, carryOutOne, carryOutLarge } = createCarryOut(deps, bulkLimiter)
  const run = createAroundHeld({ storage: deps.storage, streamsOf, together: carryOutTogether, alone: carryOutOne })
  const together = createBatches({ max: MAX_TOGETHER, run })

  return async (input, commandKey) => {
    const key = optionalText('idempotencyKey', input.idempotencyKey, IDEMPOTENCY_KEY) ?? commandKey ?? null
    const users = requireTexts('userIds', input.userIds, limits.recipients, USER_ID)
    const content = requireContent(input.notification, limits, clock.now())
    const given = input.notification.handOff
    const claim = key === null ? undefined : claimOf(key, users, content, given)
    const order = { users, content, claim, handOff: resolveHandOff(given, content, deps.handOff) }
    // A notification that had expired already is a repetition or a mistake, and a mistake undoes its transaction.
    if (users.length > MAX_USERS_TOGETHER || isLate(content)) return carryOutLarge(order)
    bulkLimiter.small()
    return together(order)
  }
}
