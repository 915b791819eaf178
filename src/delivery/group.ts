import type { Bus, Subscription } from '../bus/bus.ts'
import { type Change, type LogFeed, withCursors } from '../feed/follow.ts'
import type { TakeTurn } from '../lib/turns.ts'
import type { ReadHead } from '../storage/lane-heads.ts'
import { endBookmark } from './bookmark.ts'
import { type CatchUpOptions, catchUp } from './catch-up.ts'
import { type DeliveryStats, timed } from './delivery-stats.ts'
import { createMember, type Member, moveTo, push, type Subscriber } from './member.ts'
import { type Order, runInOrder } from './order.ts'
import { isSlow } from './outbox.ts'
import { isPending, type Render, type Rendered } from './render.ts'

/** Everybody who asks one question of one log with the same rights: each event is executed, written and framed once. */
export interface Group extends CatchUpOptions, Order {
  readonly view: LogFeed<unknown>['view']
  readonly members: Set<Member>
  readonly onEmpty: () => void
  readonly subscription: Subscription
}

export interface GroupOptions {
  readonly bus: Bus
  /** The feed of the first subscriber: what they all have in common is taken from it. */
  readonly feed: LogFeed<unknown>
  readonly render: Render
  readonly readHead: ReadHead
  readonly takeTurn: TakeTurn
  readonly stats: DeliveryStats
  readonly onEmpty: () => void
}

const isWaitingFor = ({ isBehind, position }: Member, { revision }: Change<unknown>): boolean =>
  !isBehind && position < revision

const fallBehind = (group: Group, member: Member): void => {
  if (member.isBehind) return
  catchUp(member, group).catch((error: unknown) => {
    if (!member.hasLeft) member.fail(error)
  })
}

const deliver = (group: Group, change: Change<unknown>, messages: readonly Rendered[]): void => {
  for (const member of group.members) {
    if (!isWaitingFor(member, change)) continue
    if (member.position < change.previous || isSlow(member.outbox)) fallBehind(group, member)
    else {
      for (const message of messages) push(member, message)
      group.stats.deliveries += messages.length
      moveTo(member, change.revision, messages.length > 0 ? 'wrote' : 'passed')
    }
  }
}

const dispatch = (group: Group, change: Change<unknown>): void | Promise<void> => {
  const { members, render, view } = group
  if (!members.values().some((member) => isWaitingFor(member, change))) return
  const messages = render(withCursors(change.entries, view.epoch, change.previous))
  return isPending(messages)
    ? messages.then((later) => deliver(group, change, later))
    : deliver(group, change, messages)
}

/** Opens a group; it listens until its last member has left. */
export const openGroup = ({ bus, feed: { view }, onEmpty, ...options }: GroupOptions): Group => {
  const members = new Set<Member>()
  const heard = { told: 0, gaps: 0 }

  const subscription = bus.subscribe(view.topic, {
    event: (event) => {
      const change = view.take(event)
      heard.told = Math.max(heard.told, change.revision)
      // A later event could be executed faster.
      const task = (): void | Promise<void> => dispatch(group, change)
      runInOrder(group, timed(options.stats, task))
    },
    gap: () => {
      heard.gaps += 1
      options.stats.gaps += 1
      for (const member of members) fallBehind(group, member)
    },
    position: () =>
      Math.min(...members.values().map(({ isBehind, position }) => (isBehind ? Number.POSITIVE_INFINITY : position))),
  })

  const group: Group = {
    view,
    members,
    heard,
    live: subscription.live,
    ...options,
    onEmpty,
    subscription,
    last: undefined,
    fail: (error) => {
      for (const { fail } of members) fail(error)
    },
  }
  return group
}

const leaveGroup = ({ members, subscription, onEmpty }: Group, member: Member): void => {
  if (member.hasLeft) return
  member.hasLeft = true
  members.delete(member)
  member.close()
  if (member.bookmark) endBookmark(member.bookmark)
  if (members.size > 0) return
  subscription.end()
  onEmpty()
}

/** Takes somebody in; returns how to leave, which can be called again. */
export const joinGroup = (group: Group, feed: LogFeed<unknown>, subscriber: Subscriber): (() => void) => {
  const member = createMember(feed, subscriber)
  group.members.add(member)
  member.close = feed.view.during?.(subscriber.fail) ?? (() => {})
  fallBehind(group, member)
  return () => leaveGroup(group, member)
}
