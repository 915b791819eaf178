import type { Subscription } from '../bus/bus.ts'
import { readPatiently } from '../feed/patience.ts'
import type { TakeTurn, TimeLimiter } from '../lib/limiter.ts'
import type { ReadHead } from '../storage/lane-heads.ts'
import { lastTerm } from '../storage/lane-terms.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import type { Execute } from './execute.ts'
import { type Member, readFor, sendPage, takeUp } from './member.ts'
import { inPageTurn } from './outbox.ts'

/** What it takes to bring somebody up to date. */
export interface CatchUpMeans {
  readonly readHead: ReadHead
  /** When the next page is read. */
  readonly takePageTurn: TakeTurn
  /** When what a source tells is made into results. */
  readonly turns: TimeLimiter
  readonly stats: DeliveryStats
}

/** What a group has heard from the bus so far, and how it makes results. */
export interface News {
  /** The newest revision that was told. */
  readonly told: number
  /** How often something may have been missed. */
  readonly gaps: number
  /** Once it is open. */
  readonly subscription: Subscription | undefined
  readonly execute: Execute
  readonly means: CatchUpMeans
}

/** Whether the lane stands where a member does; then there is nothing to read for it. */
const isCurrent = async (member: Member, group: News): Promise<boolean> => {
  const gapsBefore = group.gaps
  const { source, epoch } = member.view
  const head = await readPatiently(
    () => group.means.readHead(source),
    () => member.hasLeft,
  )
  const { position, term } = member
  const isThere = head?.epoch === epoch && head.revision === position && lastTerm(head.terms) === term
  return isThere && group.told <= position && group.gaps === gapsBefore
}

/** Reads the next page for a member and sends it; says whether more is missing. */
const sendNext = async (member: Member, group: News): Promise<boolean> => {
  const { takePageTurn, turns, stats } = group.means
  if (!member.hasLeft) await takePageTurn()
  if (member.hasLeft) return false
  const gapsBefore = group.gaps
  const page = await readFor(member, stats)
  if (page) {
    await turns.takeLong(member.view.source)
    await sendPage(member, page, group.execute, stats)
  }
  return !page || page.hasMore || member.isExpired || group.told > member.position || group.gaps > gapsBefore
}

/** Reads the store for one member until nothing is missing, at the pace of its socket; live events pass it by meanwhile. */
export const catchUp = async (member: Member, group: News): Promise<void> => {
  const { stats } = group.means
  member.isBehind = true
  await Promise.all([group.subscription?.live, takeUp(member, stats)])
  member.onBegun?.()
  member.onBegun = undefined
  let isMissing = member.isExpired || !(await isCurrent(member, group))
  if (isMissing) stats.catchUps += 1
  while (isMissing && !member.hasLeft) isMissing = await inPageTurn(member.outbox, () => sendNext(member, group))
  if (!member.hasLeft) member.isBehind = false
}
