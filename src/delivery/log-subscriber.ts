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

/** What somebody brings who joins a group. */
export interface Joining extends Pick<Subscribing, 'sink' | 'id' | 'resume' | 'onBegun' | 'extensions'> {
  readonly source: Source<AnyLog>
  /** Told what ended it. */
  readonly delivery: Failing
  /** It comes from a log that is gone, and is told that it may have missed something. */
  readonly isExpired: boolean
}

/** One subscriber of a group. */
export interface LogSubscriber {
  readonly sink: Sink
  readonly id: OperationId
  readonly delivery: Failing
  readonly log: AnyLog
  /** Its client said where it begins. */
  readonly isExplicit: boolean
  /** Takes it up where its client left it; until that was done. */
  takeUp: (() => Promise<Held>) | undefined
  /** See `Subscribing`; until it was told. */
  onBegun: Subscribing['onBegun']
  /** What was sent to it so far. */
  revision: number
  /** The last term of the stream that it knows. */
  term: string
  /** What its next result says, and then none any more. */
  resume: Resume
  /** See `Subscribing`; until its first result said it. */
  extensions: Subscribing['extensions']
  held: Held | undefined
  /** It may have missed something, and was not told so yet: that comes before anything else. */
  isExpired: boolean
  /** It reads the store, or waits for its connection; live events pass it by. */
  isBehind: boolean
  hasLeft: boolean
  leave: (() => void) | undefined
}

/** Takes up a log where its client left it. Rejects when it cannot begin where its client says, and is not known either. */
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

/** A subscriber that stands where its log begins. */
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

/** Sends a result: the shared one, unless it has something to say to this subscriber alone. */
export function push(subscriber: LogSubscriber, { shared, alone }: Rendered): void {
  const { sink, id, resume, extensions } = subscriber
  if (resume === null && extensions === undefined) sink.send(shared, id)
  else {
    sink.send(alone(resume, extensions), id)
    subscriber.resume = null
    subscriber.extensions = undefined
  }
}

/** What a subscriber has got moves on; `wrote`: its client still has to say that it has it. */
export function moveTo(subscriber: LogSubscriber, revision: number, how: 'wrote' | 'passed'): void {
  if (revision === subscriber.revision) return
  subscriber.revision = revision
  const { held } = subscriber
  if (!held) return
  if (how === 'wrote') wrote(held, revision)
  else passed(held, revision)
}

/** The stream goes on from where a subscriber is in this term. */
export function enterTerm(subscriber: LogSubscriber, term: string): void {
  if (term === subscriber.term) return
  subscriber.term = term
  if (subscriber.held) subscriber.held.checkpoint.term = term
}

/** What a subscriber gets from now on does not follow what it has: it is told so, and goes on where its stream stands. */
export function expireSubscriber(subscriber: LogSubscriber, stats: DeliveryStats): void {
  if (!subscriber.isExpired && subscriber.resume === null) stats.expired += 1
  subscriber.isExpired = true
  if (subscriber.held) expire(subscriber.held)
}

function readFor<Read>(subscriber: LogSubscriber, read: () => Promise<Read>): Promise<Read> {
  return readWithRetry(read, () => subscriber.hasLeft)
}

/** Reads on to the first change; undefined when there is one, else how far it was read. */
async function readPast(subscriber: LogSubscriber, after: number): Promise<number | undefined> {
  const { log, term } = subscriber
  const { entries, revision, hasMore } = await readFor(subscriber, () => log.read(after, term))
  if (entries.length > 0) return undefined
  return hasMore ? readPast(subscriber, revision) : revision
}

/** A subscriber whose time was over goes on all the same when nothing happened since that concerns it. */
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

/** Lets a subscriber go on where its client left; nothing can be sent to it before. */
export async function resumeSubscriber(subscriber: LogSubscriber, stats: DeliveryStats): Promise<void> {
  const { takeUp, log } = subscriber
  if (!takeUp) return
  subscriber.takeUp = undefined
  const held = await takeUp()
  if (subscriber.hasLeft) return end(held)
  subscriber.held = held
  const { revision, isExpired, overdueAt } = held.start
  subscriber.revision = revision
  if (subscriber.isExpired) return expireSubscriber(subscriber, stats)
  if (isExpired && (overdueAt === undefined || !(await tryToContinue(subscriber, held, overdueAt)))) {
    expireSubscriber(subscriber, stats)
  } else if (isExpired || revision !== log.from) stats.resumed += 1
}

/** Where a subscriber resumes can have been deleted for good: then it has expired. */
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

/** Before the first revision. */
const NOWHERE = -1

/** What tells a subscriber that it has expired: with its first result, which comes at once when there is anything to send. */
async function readExpired(subscriber: LogSubscriber): Promise<Page<unknown>> {
  subscriber.isExpired = false
  const page = await readFor(subscriber, () => subscriber.log.readReset())
  subscriber.resume = 'expired'
  subscriber.revision = NOWHERE
  return page
}

/**
 * Reads what is to be sent to a subscriber next; undefined when that is not all there any more. Waits for a store that is away.
 */
export function readNext(subscriber: LogSubscriber, stats: DeliveryStats): Promise<Page<unknown> | undefined> {
  return subscriber.isExpired ? readExpired(subscriber) : readFor(subscriber, () => readOnce(subscriber, stats))
}

/** Sends what a subscriber has missed, no faster than its connection takes it. */
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
