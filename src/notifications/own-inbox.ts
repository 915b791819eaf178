import type { Bus } from '../bus/bus.ts'
import { cursorOf } from '../delivery/cursor.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { WantedPage } from '../lib/wanted.ts'
import type { Storage } from '../storage/storage.ts'
import { recentTerms } from '../storage/stream-terms.ts'
import { advanceStream } from '../storage/streams.ts'
import { expireIn } from './expiry.ts'
import { inboxStream, publishEvents } from './inbox-events.ts'
import { NO_FACTS } from './inbox-rows.ts'
import type { Marked, Marking, MarkOutcome } from './mark-named.ts'
import type { Materialise } from './materialise.ts'
import { countAskedOf } from './unread.ts'

export interface ChangeOwnDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly materialise: Materialise
}

/**
 * Runs a command of a user that changes notifications of their own, in one transaction that has locked the inbox. In it every announcement is
 * materialised, and what has expired is removed. Publishes what was done to all devices of the user, also to the one that did it.
 */
export type ChangeOwn = <Outcome extends MarkOutcome>(
  userId: string,
  wanted: Pick<WantedPage, 'unseen'>,
  command: (marking: Marking) => Promise<Outcome>,
) => Promise<{ readonly marked: Marked; readonly outcome: Outcome }>

/** Creates the one function by which users change their own inboxes. */
export function createChangeOwn({ storage, bus, clock, limits, materialise }: ChangeOwnDeps): ChangeOwn {
  return async (userId, { unseen }, command) => {
    const began = await materialise([userId])
    const now = clock.now()
    const { event, outcome } = await storage.write(async (tx) => {
      const locked = await advanceStream(tx, inboxStream(userId), NO_FACTS, began)
      const expired = await expireIn(tx, userId, now)
      const outcome = await command({ tx, userId, stream: expired?.stream ?? locked, now })
      const { epoch, revision, terms } = outcome.stream
      const unread = await countAskedOf(tx, { userId, revision }, { cap: limits.unreadCap, unseen })
      const facts = [...(expired?.facts ?? []), ...outcome.facts]
      return {
        outcome,
        event: { epoch, terms: recentTerms(terms), previous: locked.revision, revision, facts, unread },
      }
    }, inboxStream(userId))
    if (event.facts.length > 0) await publishEvents(bus, new Map([[userId, event]]))
    const { changed, upToRevision, notifications, stream } = outcome
    const marked = { changed, upToRevision, notifications, unread: event.unread, cursor: cursorOf(stream) }
    return { marked, outcome }
  }
}
