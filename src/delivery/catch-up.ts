import type { Subscription } from '../bus/bus.ts'
import type { TakeTurn, TimeLimiter } from '../lib/limiter.ts'
import { readWithRetry } from '../lib/retry.ts'
import type { ReadHead } from '../storage/stream-heads.ts'
import { lastTerm } from '../storage/stream-terms.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import type { Execute } from './execute.ts'
import { type LogSubscriber, readNext, resumeSubscriber, sendPage } from './log-subscriber.ts'
import { inPageTurn } from './sink.ts'

/** The functions and limiters for catching up, which all groups of a node share. */
export interface CatchUpMeans {
  readonly readHead: ReadHead
  /** Resolves when the next page may be read. */
  readonly takePageTurn: TakeTurn
  /** Gives turns in which results are made, by their source. */
  readonly turns: TimeLimiter
  readonly stats: DeliveryStats
}

/** The part of a group that catching up needs. */
export interface GroupState {
  /** The newest revision that the group has received from the bus. */
  readonly told: number
  /** How many gaps the group has received: how often events may have been missed. */
  readonly gaps: number
  /** The group's subscription to its topic; undefined until it is open. */
  readonly subscription: Subscription | undefined
  readonly execute: Execute
  readonly means: CatchUpMeans
}

/** Whether a subscriber has missed nothing, by the head of its stream and what the group has received. Then no page is read for it. */
async function isCurrent(subscriber: LogSubscriber, group: GroupState): Promise<boolean> {
  const gapsBefore = group.gaps
  const { source, epoch } = subscriber.log
  const head = await readWithRetry(
    () => group.means.readHead(source),
    () => subscriber.hasLeft,
  )
  const { revision, term } = subscriber
  const isThere = head?.epoch === epoch && head.revision === revision && lastTerm(head.terms) === term
  return isThere && group.told <= revision && group.gaps === gapsBefore
}

/** Reads the next page for a subscriber, and sends it. Resolves to whether more is missing. */
async function sendNext(subscriber: LogSubscriber, group: GroupState): Promise<boolean> {
  const { takePageTurn, turns, stats } = group.means
  if (!subscriber.hasLeft) await takePageTurn()
  if (subscriber.hasLeft) return false
  const gapsBefore = group.gaps
  const page = await readNext(subscriber, stats)
  if (page) {
    await turns.takeLong(subscriber.log.source)
    await sendPage(subscriber, page, group.execute, stats)
  }
  return !page || page.hasMore || subscriber.isExpired || group.told > subscriber.revision || group.gaps > gapsBefore
}

/** Reads the store for one subscriber until nothing is missing, at the pace of its connection. Meanwhile it gets no live events. */
export async function catchUp(subscriber: LogSubscriber, group: GroupState): Promise<void> {
  const { stats } = group.means
  subscriber.isBehind = true
  await Promise.all([group.subscription?.live, resumeSubscriber(subscriber, stats)])
  subscriber.onBegun?.()
  subscriber.onBegun = undefined
  let isMissing = subscriber.isExpired || !(await isCurrent(subscriber, group))
  if (isMissing) stats.catchUps += 1
  while (isMissing && !subscriber.hasLeft) {
    isMissing = await inPageTurn(subscriber.sink, () => sendNext(subscriber, group))
  }
  if (!subscriber.hasLeft) subscriber.isBehind = false
}
