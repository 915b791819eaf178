import type { Fail, Feed } from '../feed/feed.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import { enqueue, isSlow, waitForRoom } from './outbox.ts'
import type { Joined, Seat } from './results.ts'
import type { WriteItem } from './shared-items.ts'

export interface PumpOptions {
  readonly feed: Feed<unknown>
  readonly seat: Seat
  readonly write: WriteItem
  /** Told what ends the feed. */
  readonly fail: Fail
  /** It has ended by itself. */
  readonly onDone: () => void
  readonly stats: DeliveryStats
}

/**
 * Hands what a state or a signal delivers to a socket, past whoever reads the stream. A slow socket is waited for by a state, so
 * that the newest value is taken when there is room for it; a signal is dropped.
 */
export const startPump = ({
  feed,
  seat: { outbox, id, onBegun, extensions },
  write,
  fail,
  onDone,
  stats,
}: PumpOptions): Joined => {
  const iterator = feed[Symbol.asyncIterator]()
  let isOver = false
  let first = extensions
  if (iterator.live) iterator.live.then(onBegun, onBegun)
  else onBegun?.()

  const isDropped = (): boolean => {
    if (feed.kind !== 'signal' || !isSlow(outbox)) return false
    stats.dropped += 1
    return true
  }

  const next = async (): Promise<void> => {
    if (feed.kind === 'state') await waitForRoom(outbox)
    const { done, value } = await iterator.next()
    if (done && !isOver) {
      isOver = true
      onDone()
    }
    if (isOver || isDropped()) return
    const message = await write(value?.item, first)
    if (isOver) return
    first = undefined
    stats.deliveries += 1
    enqueue(outbox, message, id)
  }

  const run = async (): Promise<void> => {
    while (!isOver) await next()
  }

  run().catch((error: unknown) => {
    if (!isOver) fail(error)
  })
  return {
    leave: () => {
      isOver = true
      iterator.return?.().catch(fail)
    },
  }
}
