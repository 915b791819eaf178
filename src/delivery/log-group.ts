import type { Bus, Listener, Subscription } from '../bus/bus.ts'
import { highestPlaces } from '../bus/places.ts'
import { isPending, type Order, runInOrder } from '../lib/serial.ts'
import { SmallSet } from '../lib/small-set.ts'
import { end } from '../resume/acknowledgements.ts'
import { goesOnWith, lastTerm, type StreamPlace } from '../storage/stream-terms.ts'
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

// The way of an event of the bus to the connections of those who subscribe to a log:
//
//   receive      what does it say of the stream? the others before it come first
//   dispatch    is anybody waiting for it? then in its turn
//   write       execute it once, write it once
//   deliver     to each subscriber that is live and stands where it follows ──► push ──► Sink.send
//                     └─ who is slow, or misses what came before ──► catchUp: pages of the store ──► push
//
// A gap of the bus goes the second way for all.

/** All subscribers of one operation, stream and scope: each event is executed, written and framed once. */
export interface LogGroup extends GroupState, Order {
  /** Names it among all. */
  readonly key: string
  readonly log: AnyLog
  readonly subscribers: SmallSet<LogSubscriber>
  readonly means: LogGroupMeans
  subscription: Subscription | undefined
  told: number
  gaps: number
}

/** What all groups of a node have in common. */
export interface LogGroupMeans extends CatchUpMeans {
  readonly bus: Bus
  /** Told when the last subscriber has left. */
  readonly onEmpty: (group: LogGroup) => void
}

/** Events that wait in memory for their turn, for each group; what comes then is read from the store. */
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

/** What was received of a log. */
interface Received {
  readonly change: Change<unknown>
  /** When, by `performance.now()`. */
  readonly at: number
}

/** Whether the stream goes on from where a subscriber is, in a term that is new to it; then it knows that one. */
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
  // Nearly always false; the source is a text that is made for each who asks.
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
  // A later event could be executed faster.
  else runInOrder(group, () => dispatch(group, received), failAll)
}

function receiveGap(group: LogGroup): void {
  group.gaps += 1
  group.means.stats.gaps += 1
  for (const subscriber of group.subscribers.values()) fallBehind(group, subscriber)
}

/** The history of the log changed: what subscribers have need not be what it says now. All are told so, and go on where it stands. */
export function expireGroup(group: LogGroup): void {
  for (const subscriber of group.subscribers.values()) {
    expireSubscriber(subscriber, group.means.stats)
    fallBehind(group, subscriber)
  }
}

/** The lowest revision of those who are live. */
function lowestRevision({ subscribers }: LogGroup): number {
  return subscribers
    .values()
    .reduce(
      (lowest, { isBehind, revision }) => (isBehind ? lowest : Math.min(lowest, revision)),
      Number.POSITIVE_INFINITY,
    )
}

/** The highest places of those who are live. */
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

/** Opens a group for a log; it listens until its last subscriber has left. */
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

/** Takes somebody in. */
export function joinGroup(group: LogGroup, joining: Joining): LogSubscriber {
  const subscriber = createLogSubscriber(joining)
  group.subscribers.add(subscriber)
  subscriber.leave = subscriber.log.during?.((error) => subscriber.delivery.fail(error))
  fallBehind(group, subscriber)
  return subscriber
}

/** Lets a subscriber go; doing so again does nothing. */
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
