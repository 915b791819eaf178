import { readPatiently } from '../feed/patience.ts'
import type { TakeTurn } from '../lib/turns.ts'
import type { ReadHead } from '../storage/lane-heads.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import { type Member, readFor, sendPage, takeUp } from './member.ts'
import { waitForRoom } from './outbox.ts'
import type { Render } from './render.ts'

/** What a group has heard from the bus so far. */
export interface Heard {
  /** The newest revision that was told. */
  told: number
  /** How often something may have been missed. */
  gaps: number
}

export interface CatchUpOptions {
  readonly heard: Heard
  /** Resolves when everything that is told from now on is heard. */
  readonly live: Promise<void>
  readonly render: Render
  readonly readHead: ReadHead
  /** Each page waits for its turn. */
  readonly takeTurn: TakeTurn
  readonly stats: DeliveryStats
}

/** Whether the lane stands where a member does; then there is nothing to read for it. */
const isCurrent = async (member: Member, { heard, readHead }: CatchUpOptions): Promise<boolean> => {
  const gapsBefore = heard.gaps
  const { source, epoch } = member.view
  const head = await readPatiently(
    () => readHead(source),
    () => member.hasLeft,
  )
  const { position } = member
  return head?.epoch === epoch && head.revision === position && heard.told <= position && heard.gaps === gapsBefore
}

/** Reads the store for one member until nothing is missing, at the pace of its socket; live events pass it by meanwhile. */
export const catchUp = async (member: Member, options: CatchUpOptions): Promise<void> => {
  const { heard, live, render, takeTurn, stats } = options
  member.isBehind = true
  await Promise.all([live, takeUp(member, stats)])
  let isMissing = !(await isCurrent(member, options))
  if (isMissing) stats.catchUps += 1
  while (isMissing && !member.hasLeft) {
    await waitForRoom(member.outbox)
    await takeTurn()
    if (member.hasLeft) return
    const gapsBefore = heard.gaps
    const page = await readFor(member)
    await sendPage(member, page, render, stats)
    isMissing = page.hasMore || heard.told > member.position || heard.gaps > gapsBefore
  }
  member.isBehind = false
}
