import type { Bus } from '../bus/bus.ts'
import { type Change, type LogFeed, withCursors } from '../feed/follow.ts'
import type { ReadHead } from '../storage/lane-heads.ts'
import { type CatchUpOptions, catchUp, type Heard } from './catch-up.ts'
import { type DeliveryStats, timed } from './delivery-stats.ts'
import { createMember, type Member, moveTo, push, type Subscriber } from './member.ts'
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
  readonly readHead: ReadHead
  readonly stats: DeliveryStats
  readonly onEmpty: () => void
}

const isWaitingFor = ({ isBehind, position }: Member, { revision }: Change<unknown>): boolean =>
  !isBehind && position < revision

/** Opens a group; it listens until its last member has left. */
export const openGroup = ({ bus, feed, render, readHead, stats, onEmpty }: GroupOptions): Group => {
  const { view } = feed
  const members = new Set<Member>()
  const heard: Heard = { told: 0, gaps: 0 }

  const fallBehind = (member: Member): void => {
    if (member.isBehind) return
    catchUp(member, parts).catch((error: unknown) => {
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
      heard.told = Math.max(heard.told, change.revision)
      inOrder(timed(stats, () => dispatch(change)))
    },
    gap: () => {
      heard.gaps += 1
      stats.gaps += 1
      for (const member of members) fallBehind(member)
    },
    position: () =>
      Math.min(...members.values().map(({ isBehind, position }) => (isBehind ? Number.POSITIVE_INFINITY : position))),
  })

  const parts: CatchUpOptions = { heard, live: subscription.live, render, readHead, stats }

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
