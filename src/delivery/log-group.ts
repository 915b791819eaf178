import type { Bus, Listener, Subscription } from '../bus/bus.ts'
import { isPending, type Order, runInOrder } from '../lib/serial.ts'
import { SmallSet } from '../lib/small-set.ts'
import { end } from '../resume/acknowledgements.ts'
import { goesOnWith, highestPlaces, lastTerm, type StreamPlace } from '../storage/stream-terms.ts'
import { type CatchUpMeans, catchUp, type GroupState } from './catch-up.ts'
import type { AnyLog, Change } from './description.ts'
import type { Execute } from './execute.ts'
import {
  createLogSubscriber,
  enterTerm,
  expireSubscriber,
  type Joining,
  type LogSubscriber,
  moveTo,
  push,
} from './log-subscriber.ts'
import { isInParts } from './message.ts'
import { type Rendered, render } from './render.ts'

// The way of an event from the bus to the connections of the subscribers of a log:
//
//   receive     reads the change in the event; earlier events come first
//   dispatch    goes on when a subscriber needs it, and in its turn
//   write       executes it once, and writes it once
//   deliver     to each subscriber that is live and at the revision before it ──► push ──► Sink.send
//                     └─ to one that is slow, or misses earlier changes ──► catchUp: pages of the store ──► push
//
// After a gap of the bus, all subscribers go the second way.

/** All subscribers on this node of one operation, stream and scope. Each event is executed and written once for all of them. */
export interface LogGroup extends GroupState, Order {
  /** The key of the group: operation key, stream, epoch and scope. */
  readonly key: string
  readonly log: AnyLog
  readonly subscribers: SmallSet<LogSubscriber>
  readonly means: LogGroupMeans
  subscription: Subscription | undefined
  told: number
  gaps: number
}

/** The parts that all groups of a node share. */
export interface LogGroupMeans extends CatchUpMeans {
  readonly bus: Bus
  /** Called when the last subscriber of a group has left. */
  readonly onEmpty: (group: LogGroup) => void
}

/** The most events of a group that wait in memory for their turn. With more, subscribers read the store instead. */
const MAX_WAITING = 16

function isWaitingFor({ isBehind, revision: own }: LogSubscriber, { revision }: Change<unknown>): boolean {
  return !isBehind && own < revision
}

function fallBehind(group: LogGroup, subscriber: LogSubscriber): void {
  if (subscriber.isBehind) return
  catchUp(subscriber, group).catch((error: unknown) => {
    if (!subscriber.hasLeft) subscriber.delivery.fail(error)
  })
}

/** A change of a log that was received from the bus. */
interface Received {
  readonly change: Change<unknown>
  /** When it was received, by `performance.now()`. */
  readonly at: number
}

/** Whether the stream goes on from a subscriber's revision in a term that is new to it. If so, the subscriber enters the term. */
function entersTerm(subscriber: LogSubscriber, { terms }: Change<unknown>, term: string): boolean {
  const goesOn = goesOnWith(terms, { term: subscriber.term, revision: subscriber.revision })
  if (goesOn) enterTerm(subscriber, term)
  return goesOn
}

function deliver(group: LogGroup, { change, at }: Received, results: readonly Rendered[]): void {
  const { stats, turns } = group.means
  if (results.some(({ shared }) => isInParts(shared))) turns.began(at)
  stats.rendered += results.length
  const term = change.terms === undefined ? undefined : lastTerm(change.terms)
  for (const subscriber of group.subscribers.values()) {
    if (!isWaitingFor(subscriber, change)) continue
    const isKnown = term === undefined || term === subscriber.term || entersTerm(subscriber, change, term)
    if (!isKnown || subscriber.revision < change.previous || subscriber.sink.isSlow()) fallBehind(group, subscriber)
    else {
      for (const result of results) push(subscriber, result)
      stats.deliveries += results.length
      moveTo(subscriber, change.revision, results.length > 0 ? 'wrote' : 'passed')
    }
  }
  stats.onDelivered(performance.now() - at)
}

function isWaitedFor({ subscribers }: LogGroup, { change }: Received): boolean {
  return subscribers.some((subscriber) => isWaitingFor(subscriber, change))
}

function write(group: LogGroup, received: Received): void | Promise<void> {
  const { execute, log } = group
  const { entries, terms, previous: after } = received.change
  const results = render(execute, entries, { epoch: log.epoch, term: lastTerm(terms ?? log.terms), after })
  return isPending(results)
    ? results.then((later) => deliver(group, received, later))
    : deliver(group, received, results)
}

function dispatch(group: LogGroup, received: Received): void | Promise<void> {
  if (!isWaitedFor(group, received)) return
  const { turns } = group.means
  // Nearly always false. Checked first, because making the text of the source costs more.
  const turn = turns.isBusy() ? turns.take(group.log.source) : undefined
  return turn
    ? turn.then(() => (isWaitedFor(group, received) ? write(group, received) : undefined))
    : write(group, received)
}

function failAll({ subscribers }: LogGroup, error: unknown): void {
  for (const { delivery } of subscribers.values()) delivery.fail(error)
}

function receive(event: unknown, group: LogGroup): void {
  const change = group.log.take(event)
  const received = { change, at: performance.now() }
  group.told = Math.max(group.told, change.revision)
  if (group.underWay >= MAX_WAITING) for (const subscriber of group.subscribers.values()) fallBehind(group, subscriber)
  // In order, since a later event could be executed faster.
  else runInOrder(group, () => dispatch(group, received), failAll)
}

function receiveGap(group: LogGroup): void {
  group.gaps += 1
  group.means.stats.gaps += 1
  for (const subscriber of group.subscribers.values()) fallBehind(group, subscriber)
}

/** Marks all subscribers as expired, because the history of the log changed. They are told so, and go on where the stream stands. */
export function expireGroup(group: LogGroup): void {
  for (const subscriber of group.subscribers.values()) {
    expireSubscriber(subscriber, group.means.stats)
    fallBehind(group, subscriber)
  }
}

/** The lowest revision of the subscribers that are live; Infinity when none is. */
function lowestRevision({ subscribers }: LogGroup): number {
  return subscribers
    .values()
    .reduce(
      (lowest, { isBehind, revision }) => (isBehind ? lowest : Math.min(lowest, revision)),
      Number.POSITIVE_INFINITY,
    )
}

/** The highest places of the subscribers that are live, one for each term. */
function placesOf({ subscribers, log: { epoch } }: LogGroup): readonly StreamPlace[] {
  return highestPlaces(
    subscribers
      .values()
      .filter(({ isBehind }) => !isBehind)
      .map(({ term, revision }) => ({ epoch, term, revision })),
  )
}

const listener: Listener<unknown, LogGroup> = {
  event: receive,
  gap: receiveGap,
  revision: lowestRevision,
  places: placesOf,
}

/** Opens a group for a log. It receives events until its last subscriber has left. */
export function openGroup(key: string, log: AnyLog, execute: Execute, means: LogGroupMeans): LogGroup {
  const group: LogGroup = {
    key,
    log,
    execute,
    means,
    subscribers: new SmallSet(),
    subscription: undefined,
    told: 0,
    gaps: 0,
    last: undefined,
    underWay: 0,
  }
  group.subscription = means.bus.subscribe(log.topic, listener, group)
  return group
}

/** Adds a subscriber to a group. It begins to catch up at once. */
export function joinGroup(group: LogGroup, joining: Joining): LogSubscriber {
  const subscriber = createLogSubscriber(joining)
  group.subscribers.add(subscriber)
  subscriber.leave = subscriber.log.during?.((error) => subscriber.delivery.fail(error))
  fallBehind(group, subscriber)
  return subscriber
}

/** Removes a subscriber from its group, and forgets its checkpoint unless its socket has gone. Calling it again does nothing. */
export function leaveGroup(group: LogGroup, subscriber: LogSubscriber): void {
  const { subscribers, subscription, means } = group
  if (subscriber.hasLeft) return
  subscriber.hasLeft = true
  subscribers.delete(subscriber)
  subscriber.leave?.()
  if (subscriber.held) end(subscriber.held)
  if (subscribers.size > 0) return
  subscription?.end()
  means.onEmpty(group)
}
