import { readWithRetry } from '../lib/retry.ts'
import { end, expire, type Held, passed, unexpire, wrote } from '../resume/acknowledgements.ts'
import { lastTerm } from '../storage/stream-terms.ts'
import { isCursorExpired } from './cursor.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import type { AnyLog, Page, Source } from './description.ts'
import type { Execute } from './execute.ts'
import type { OperationId } from './message.ts'
import { type Rendered, type Resume, render } from './render.ts'
import type { Failing, Sink, Subscribing } from './sink.ts'

/** The data of a subscriber that joins a group. */
export interface Joining extends Pick<Subscribing, 'sink' | 'id' | 'resume' | 'onBegun' | 'extensions'> {
  readonly source: Source<AnyLog>
  /** Its `fail` is called with the error that ends the subscription. */
  readonly delivery: Failing
  /** Whether it comes from a log that is gone, and has to be told that it may have missed something. */
  readonly isExpired: boolean
}

/** One subscriber of a group. */
export interface LogSubscriber {
  readonly sink: Sink
  readonly id: OperationId
  readonly delivery: Failing
  readonly log: AnyLog
  /** Whether its client gave a cursor in the argument `after`. */
  readonly isExplicit: boolean
  /** Begins it from its checkpoint. Undefined once that was called, and for a subscription without one. */
  takeUp: (() => Promise<Held>) | undefined
  /** `Subscribing.onBegun`, until it was called. */
  onBegun: Subscribing['onBegun']
  /** The revision up to which everything was sent to it, or does not concern it. */
  revision: number
  /** The last term of the stream that it knows. */
  term: string
  /** `extensions.resume` of its next result; null afterwards. */
  resume: Resume
  /** `Subscribing.extensions`, until its first result was sent. */
  extensions: Subscribing['extensions']
  /** Its checkpoint. Undefined until `takeUp` has resolved, and for a subscription without one. */
  held: Held | undefined
  /** Whether it may have missed something, and was not told so yet. It is told before anything else. */
  isExpired: boolean
  /** Whether it reads the store, or waits for its connection. Meanwhile it gets no live events. */
  isBehind: boolean
  hasLeft: boolean
  /** Ends what `LogDescription.during` has begun. */
  leave: (() => void) | undefined
}

/** Begins a log from its checkpoint. Rejects when the cursor of its client was refused, and there is no checkpoint to continue from. */
async function resumeLog(
  { description: { epoch, head, from, terms }, isExplicit, refusal }: Source<AnyLog>,
  resume: NonNullable<Subscribing['resume']>,
): Promise<Held> {
  const after = refusal === undefined ? from : null
  const held = await resume({ epoch, revision: head, terms, ...(isExplicit && { after }) })
  if (refusal === undefined || !held.start.isExpired) return held
  end(held)
  throw refusal
}

/** A new subscriber, at the revision where its log begins. */
export function createLogSubscriber(joining: Joining): LogSubscriber {
  const { source, sink, id, delivery, resume, onBegun, extensions, isExpired } = joining
  const { description: log, isExplicit } = source
  return {
    sink,
    id,
    delivery,
    log,
    isExplicit,
    takeUp: resume && (() => resumeLog(source, resume)),
    onBegun,
    revision: log.from,
    term: lastTerm(log.terms),
    resume: null,
    extensions,
    held: undefined,
    isExpired,
    isBehind: false,
    hasLeft: false,
    leave: undefined,
  }
}

/** Sends a result to a subscriber: the shared message, or one of its own when `resume` or `extensions` have to be in it. */
export function push(subscriber: LogSubscriber, { shared, alone }: Rendered): void {
  const { sink, id, resume, extensions } = subscriber
  if (resume === null && extensions === undefined) sink.send(shared, id)
  else {
    sink.send(alone(resume, extensions), id)
    subscriber.resume = null
    subscriber.extensions = undefined
  }
}

/**
 * Moves a subscriber to a revision. `wrote`: results were sent for it, which its client has to acknowledge. `passed`: nothing up to there
 * concerned it.
 */
export function moveTo(subscriber: LogSubscriber, revision: number, how: 'wrote' | 'passed'): void {
  if (revision === subscriber.revision) return
  subscriber.revision = revision
  const { held } = subscriber
  if (!held) return
  if (how === 'wrote') wrote(held, revision)
  else passed(held, revision)
}

/** Sets the last term that a subscriber knows, because the stream goes on from its revision in this term. */
export function enterTerm(subscriber: LogSubscriber, term: string): void {
  if (term === subscriber.term) return
  subscriber.term = term
  if (subscriber.held) subscriber.held.checkpoint.term = term
}

/**
 * Marks a subscriber as expired: what it gets from now on does not follow what it has. It is told so next, and goes on where its stream
 * stands.
 */
export function expireSubscriber(subscriber: LogSubscriber, stats: DeliveryStats): void {
  if (!subscriber.isExpired && subscriber.resume === null) stats.expired += 1
  subscriber.isExpired = true
  if (subscriber.held) expire(subscriber.held)
}

function readFor<Read>(subscriber: LogSubscriber, read: () => Promise<Read>): Promise<Read> {
  return readWithRetry(read, () => subscriber.hasLeft)
}

/**
 * Reads the log after a revision to its end. Resolves to the last revision, or to undefined at the first change that concerns the
 * subscriber.
 */
async function readPast(subscriber: LogSubscriber, after: number): Promise<number | undefined> {
  const { log, term } = subscriber
  const { entries, revision, hasMore } = await readFor(subscriber, () => log.read(after, term))
  if (entries.length > 0) return undefined
  return hasMore ? readPast(subscriber, revision) : revision
}

/** Continues a subscriber whose checkpoint was past its time, if no change since then concerns it. Resolves to whether it could. */
async function tryToContinue(subscriber: LogSubscriber, held: Held, overdueAt: number): Promise<boolean> {
  const upTo = await readPast(subscriber, overdueAt).catch((error: unknown) => {
    if (isCursorExpired(error)) return undefined
    throw error
  })
  if (upTo === undefined) return false
  subscriber.revision = upTo
  unexpire(held, upTo)
  return true
}

/** Begins a subscriber from its checkpoint, if it has a key for one. Nothing may be sent to it before that has resolved. */
export async function resumeSubscriber(subscriber: LogSubscriber, stats: DeliveryStats): Promise<void> {
  const { takeUp, log } = subscriber
  if (!takeUp) return
  subscriber.takeUp = undefined
  const held = await takeUp()
  if (subscriber.hasLeft) return end(held)
  subscriber.held = held
  held.listener = log
  const { revision, isExpired, overdueAt } = held.start
  subscriber.revision = revision
  if (subscriber.isExpired) return expireSubscriber(subscriber, stats)
  if (isExpired && (overdueAt === undefined || !(await tryToContinue(subscriber, held, overdueAt)))) {
    expireSubscriber(subscriber, stats)
  } else if (isExpired || revision !== log.from) stats.resumed += 1
}

/**
 * Reads the next page for a subscriber. When changes after its checkpoint were deleted for good, marks it as expired, and resolves to
 * undefined.
 */
function readOnce(subscriber: LogSubscriber, stats: DeliveryStats): Promise<Page<unknown> | undefined> {
  const { log, revision, term, isExplicit, held } = subscriber
  const resumedAt = held?.start.revision
  if (isExplicit || revision !== resumedAt || resumedAt === log.from) return log.read(revision, term)
  return log.read(revision, term).catch((error: unknown) => {
    if (!isCursorExpired(error)) throw error
    expireSubscriber(subscriber, stats)
    return undefined
  })
}

/** A revision before every other one. */
const NOWHERE = -1

/** Reads the page for a subscriber that has expired. The first result of it will say so in `extensions.resume`. */
async function readExpired(subscriber: LogSubscriber): Promise<Page<unknown>> {
  subscriber.isExpired = false
  const page = await readFor(subscriber, () => subscriber.log.readReset())
  subscriber.resume = 'expired'
  subscriber.revision = NOWHERE
  return page
}

/**
 * Reads the page that is to be sent to a subscriber next. Undefined when it has just been found to be expired. Waits while the store is
 * away.
 */
export function readNext(subscriber: LogSubscriber, stats: DeliveryStats): Promise<Page<unknown> | undefined> {
  return subscriber.isExpired ? readExpired(subscriber) : readFor(subscriber, () => readOnce(subscriber, stats))
}

/** Sends a page to a subscriber, no faster than its connection takes it. Stops when it leaves or expires meanwhile. */
export async function sendPage(
  subscriber: LogSubscriber,
  { entries, revision, term }: Page<unknown>,
  execute: Execute,
  stats: DeliveryStats,
): Promise<void> {
  enterTerm(subscriber, term)
  const { log, sink, revision: after } = subscriber
  const results = await render(execute, entries, { epoch: log.epoch, term, after })
  stats.rendered += results.length
  for (const result of results) {
    await sink.waitForRoom()
    if (subscriber.hasLeft || subscriber.isExpired) return
    push(subscriber, result)
    stats.deliveries += 1
    moveTo(subscriber, result.revision, 'wrote')
  }
  if (!subscriber.isExpired) moveTo(subscriber, revision, 'passed')
}
