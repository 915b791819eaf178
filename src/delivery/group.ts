import type { Bus, Listener, Subscription } from '../bus/bus.ts'
import { highestPlaces } from '../bus/places.ts'
import { type Change, type LogFeed, withCursors } from '../feed/follow.ts'
import { SmallSet } from '../lib/small-set.ts'
import { end } from '../resume/acknowledgements.ts'
import { goesOnWith, type LanePlace, lastTerm } from '../storage/lane-terms.ts'
import { type CatchUpMeans, catchUp, type News } from './catch-up.ts'
import type { Execute } from './execute.ts'
import { isLarge } from './frame.ts'
import { createMember, enterTerm, expireMember, type Member, moveTo, push, type Subscriber } from './member.ts'
import { type Order, runInOrder } from './order.ts'
import { isSlow } from './outbox.ts'
import { isPending, type Rendered, render } from './render.ts'

/** Everybody who asks one question of one log with the same rights: each event is executed, written and framed once. */
export interface Group extends News, Order {
  /** Names it among all. */
  readonly key: string
  readonly view: LogFeed<unknown>['view']
  readonly members: SmallSet<Member>
  readonly means: GroupMeans
  subscription: Subscription | undefined
  told: number
  gaps: number
}

/** What all groups of a node have in common. */
export interface GroupMeans extends CatchUpMeans {
  readonly bus: Bus
  /** Told when the last member has left. */
  readonly onEmpty: (group: Group) => void
}

/** Events that wait in memory for their turn, for each group; what comes then is read from the store. */
const MAX_WAITING = 16

const isWaitingFor = ({ isBehind, position }: Member, { revision }: Change<unknown>): boolean =>
  !isBehind && position < revision

const fallBehind = (group: Group, member: Member): void => {
  if (member.isBehind) return
  catchUp(member, group).catch((error: unknown) => {
    if (!member.hasLeft) member.follower.fail(error)
  })
}

/** What was heard of a log. */
interface Heard {
  readonly change: Change<unknown>
  /** When, by `performance.now()`. */
  readonly at: number
}

/** Whether the lane goes on from where a member is, in a term that is new to it; then it knows that one. */
const entersTerm = (member: Member, { terms }: Change<unknown>, term: string): boolean => {
  const goesOn = goesOnWith(terms, { term: member.term, revision: member.position })
  if (goesOn) enterTerm(member, term)
  return goesOn
}

const deliver = (group: Group, { change, at }: Heard, messages: readonly Rendered[]): void => {
  const { stats, turns } = group.means
  if (messages.some(({ shared }) => isLarge(shared))) turns.began(at)
  stats.rendered += messages.length
  const term = change.terms === undefined ? undefined : lastTerm(change.terms)
  for (const member of group.members.values()) {
    if (!isWaitingFor(member, change)) continue
    const isKnown = term === undefined || term === member.term || entersTerm(member, change, term)
    if (!isKnown || member.position < change.previous || isSlow(member.outbox)) fallBehind(group, member)
    else {
      for (const message of messages) push(member, message)
      stats.deliveries += messages.length
      moveTo(member, change.revision, messages.length > 0 ? 'wrote' : 'passed')
    }
  }
  stats.onDelivered(performance.now() - at)
}

const isWaitedFor = ({ members }: Group, { change }: Heard): boolean =>
  members.some((member) => isWaitingFor(member, change))

const write = (group: Group, heard: Heard): void | Promise<void> => {
  const { execute, view } = group
  const { change } = heard
  const messages = render(
    execute,
    withCursors(change.entries, {
      epoch: view.epoch,
      term: lastTerm(change.terms ?? view.terms),
      before: change.previous,
    }),
  )
  return isPending(messages) ? messages.then((later) => deliver(group, heard, later)) : deliver(group, heard, messages)
}

const dispatch = (group: Group, heard: Heard): void | Promise<void> => {
  if (!isWaitedFor(group, heard)) return
  const { turns } = group.means
  // Nearly always false; the source is a text that is made for each who asks.
  const turn = turns.isBusy() ? turns.take(group.view.source) : undefined
  return turn ? turn.then(() => (isWaitedFor(group, heard) ? write(group, heard) : undefined)) : write(group, heard)
}

const failAll = ({ members }: Group, error: unknown): void => {
  for (const { follower } of members.values()) follower.fail(error)
}

const hear = (event: unknown, group: Group): void => {
  const change = group.view.take(event)
  const heard = { change, at: performance.now() }
  group.told = Math.max(group.told, change.revision)
  if (group.underWay >= MAX_WAITING) for (const member of group.members.values()) fallBehind(group, member)
  // A later event could be executed faster.
  else runInOrder(group, () => dispatch(group, heard), failAll)
}

const hearGap = (group: Group): void => {
  group.gaps += 1
  group.means.stats.gaps += 1
  for (const member of group.members.values()) fallBehind(group, member)
}

/** The history of the log changed: what members have need not be what it says now. All are told so, and go on where it stands. */
export const expireGroup = (group: Group): void => {
  for (const member of group.members.values()) {
    expireMember(member, group.means.stats)
    fallBehind(group, member)
  }
}

/** The lowest position of those who are live. */
const positionOf = ({ members }: Group): number =>
  members
    .values()
    .reduce(
      (lowest, { isBehind, position }) => (isBehind ? lowest : Math.min(lowest, position)),
      Number.POSITIVE_INFINITY,
    )

/** The highest places of those who are live. */
const placesOf = ({ members, view: { epoch } }: Group): readonly LanePlace[] =>
  highestPlaces(
    members
      .values()
      .filter(({ isBehind }) => !isBehind)
      .map(({ term, position }) => ({ epoch, term, revision: position })),
  )

const listener: Listener<unknown, Group> = { event: hear, gap: hearGap, position: positionOf, places: placesOf }

/** Opens a group for a view; it listens until its last member has left. */
export const openGroup = (key: string, view: Group['view'], execute: Execute, means: GroupMeans): Group => {
  const group: Group = {
    key,
    view,
    execute,
    means,
    members: new SmallSet(),
    subscription: undefined,
    told: 0,
    gaps: 0,
    last: undefined,
    underWay: 0,
  }
  group.subscription = means.bus.subscribe(view.topic, listener, group)
  return group
}

const nothing = (): void => {}

/** Takes somebody in. */
export const joinGroup = (group: Group, feed: LogFeed<unknown>, subscriber: Subscriber): Member => {
  const member = createMember(feed, subscriber)
  group.members.add(member)
  member.close = feed.view.during?.((error) => subscriber.follower.fail(error)) ?? nothing
  fallBehind(group, member)
  return member
}

/** Lets a member go; doing so again does nothing. */
export const leaveGroup = (group: Group, member: Member): void => {
  const { members, subscription, means } = group
  if (member.hasLeft) return
  member.hasLeft = true
  members.delete(member)
  member.close()
  if (member.held) end(member.outbox.acknowledgements, member.held)
  if (members.size > 0) return
  subscription?.end()
  means.onEmpty(group)
}
