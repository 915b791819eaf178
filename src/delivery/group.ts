import type { Bus } from '../bus/bus.ts'
import { type Change, type LogFeed, withCursors } from '../feed/follow.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import {
  createMember,
  type Member,
  moveTo,
  push,
  readFor,
  type Subscriber,
  sendPage,
  takeUp,
  waitForSocket,
} from './member.ts'
import { createOrder } from './order.ts'
import { isPending, type Render, type Rendered } from './render.ts'

/** Everybody who asks one question of one log with the same rights: each event is executed, written and framed once. */
export interface Group {
  /** Takes somebody in; returns how to leave, which can be called again. */
  join(feed: LogFeed<unknown>, subscriber: Subscriber): () => void
}

export interface GroupOptions {
  readonly bus: Bus
  /** The feed of the first subscriber: what they all have in common is taken from it. */
  readonly feed: LogFeed<unknown>
  readonly render: Render
  readonly stats: DeliveryStats
  readonly onEmpty: () => void
}

const isWaitingFor = ({ isBehind, position }: Member, { revision }: Change<unknown>): boolean =>
  !isBehind && position < revision

/** Opens a group; it listens until its last member has left. */
export const openGroup = ({ bus, feed, render, stats, onEmpty }: GroupOptions): Group => {
  const { view } = feed
  const members = new Set<Member>()
  /** The newest revision that the bus has told of. */
  let told = 0
  /** How often the bus may have missed something. */
  let gaps = 0

  /** Reads the store for one member until nothing is missing, at the pace of its socket. */
  const catchUp = async (member: Member): Promise<void> => {
    member.isBehind = true
    stats.catchUps += 1
    await Promise.all([subscription.live, takeUp(member, stats)])
    for (let isMissing = true; isMissing && !member.hasLeft; ) {
      await waitForSocket(member)
      const gapsBefore = gaps
      const page = await readFor(member)
      await sendPage(member, page, render, stats)
      isMissing = page.hasMore || told > member.position || gaps > gapsBefore
    }
    member.isBehind = false
  }

  const fallBehind = (member: Member): void => {
    if (member.isBehind) return
    catchUp(member).catch((error: unknown) => {
      if (!member.hasLeft) member.fail(error)
    })
  }

  const deliver = (change: Change<unknown>, messages: readonly Rendered[]): void => {
    for (const member of members) {
      if (!isWaitingFor(member, change)) continue
      if (member.position < change.previous || member.outbox.isSlow()) fallBehind(member)
      else {
        for (const message of messages) push(member, message)
        stats.deliveries += messages.length
        moveTo(member, change.revision, messages.length > 0 ? 'wrote' : 'passed')
      }
    }
  }

  const dispatch = (change: Change<unknown>): void | Promise<void> => {
    if (!members.values().some((member) => isWaitingFor(member, change))) return
    const messages = render(withCursors(change.entries, view.epoch, change.previous))
    return isPending(messages) ? messages.then((later) => deliver(change, later)) : deliver(change, messages)
  }

  // A later event could be executed faster.
  const inOrder = createOrder((error) => {
    for (const { fail } of members) fail(error)
  })

  const subscription = bus.subscribe(view.topic, {
    event: (event) => {
      const change = view.take(event)
      told = Math.max(told, change.revision)
      inOrder(() => dispatch(change))
    },
    gap: () => {
      gaps += 1
      stats.gaps += 1
      for (const member of members) fallBehind(member)
    },
    position: () =>
      Math.min(...members.values().map(({ isBehind, position }) => (isBehind ? Number.POSITIVE_INFINITY : position))),
  })

  const leave = (member: Member): void => {
    if (member.hasLeft) return
    member.hasLeft = true
    members.delete(member)
    member.close()
    member.bookmark?.end()
    if (members.size > 0) return
    subscription.end()
    onEmpty()
  }

  return {
    join: (own, subscriber) => {
      const member = createMember(own, subscriber)
      members.add(member)
      member.close = own.view.during?.(subscriber.fail) ?? (() => {})
      fallBehind(member)
      return () => leave(member)
    },
  }
}
