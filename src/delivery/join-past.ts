import { isCursorExpired } from '../feed/cursor.ts'
import type { LogFeed } from '../feed/follow.ts'
import { readPatiently } from '../feed/patience.ts'
import { isOtherHistory } from '../storage/incarnation.ts'
import type { Subscriber } from './member.ts'

/** A log that was deleted as a whole, such as an inbox that was erased, is over; one of a database that went back in time goes on. */
const goesOn = (gone: LogFeed<unknown>, now: LogFeed<unknown>): boolean =>
  gone.view.epoch === now.view.epoch || isOtherHistory(gone.view.epoch, now.view.epoch)

/**
 * Lets a subscriber follow a log past its end: when the database has gone back in time, it joins the log as that is then, is told that
 * it may have missed something, and goes on from there. Returns how to leave.
 */
export const joinPast = (
  feed: LogFeed<unknown>,
  subscriber: Subscriber,
  join: (feed: LogFeed<unknown>, subscriber: Subscriber) => () => void,
): (() => void) => {
  let hasLeft = false
  let leave = (): void => {}

  const enter = (from: LogFeed<unknown>, isExpired: boolean): void => {
    const reopen = async (gone: unknown): Promise<void> => {
      const now = await readPatiently(
        async () => from.view.reopen?.(),
        () => hasLeft,
      )
      if (hasLeft) return
      if (!now || !goesOn(from, now)) return subscriber.fail(gone)
      leave()
      enter(now, true)
    }
    const fail = (error: unknown): void => {
      // Whose cursor was refused goes on where it got to, or not at all.
      if (isCursorExpired(error) && from.refusal === undefined) reopen(error).catch(subscriber.fail)
      else subscriber.fail(error)
    }
    leave = join(from, { ...subscriber, fail, isExpired })
  }

  enter(feed, false)
  return () => {
    hasLeft = true
    leave()
  }
}
