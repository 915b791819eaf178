import type { SubscriptionHead } from './checkpoint.ts'
import type { CheckpointKey } from './checkpoint-key.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { HeldCheckpoint } from './clients.ts'

/** The checkpoint of one subscription on a socket, whose client acknowledges results. */
export type Held = HeldCheckpoint<Acknowledgements>

/** The state of acknowledgements on one socket: which checkpoints it has, and which acknowledgement ping is under way. */
export interface Acknowledgements {
  readonly checkpoints: Checkpoints
  /** The checkpoints of the socket's subscriptions to logs. */
  open: readonly Held[]
  /** Whether a result was written since the last acknowledgement ping. */
  isDirty: boolean
  /** How many pings may go along with results in this second: one, and one for each subscription that begins with missed changes. */
  due: number
  /** The number of the last ping. */
  lastPing: number
  /** The ping that the client has not answered yet. */
  unanswered: AckPing | undefined
  /**
   * Whether the client has answered a ping, here or on an earlier socket. Then a silent client only cannot answer now, as a page that
   * sleeps.
   */
  echoes: boolean
  /** Whether the client reads, but has never answered a ping. Then it does not support them. */
  isSilent: boolean
  isClosed: boolean
}

/** An acknowledgement ping under way: a `ping` message with a number. */
interface AckPing {
  /** How many pings of the WebSocket the client had answered about a second after the acknowledgement ping; undefined before. */
  heartbeats: number | undefined
  /** Which revisions an answer acknowledges. */
  revisions: readonly (readonly [held: Held, revision: number])[]
}

/** After so many answered heartbeats, a client has certainly read an acknowledgement ping that was sent before, unless its page sleeps. */
const HEARTBEATS_TO_ANSWER = 2

/**
 * The acknowledgements of a new socket. Herald learns what its client has got by `ping` messages with a payload, such as `{"ack":3}`.
 * Clients of graphql-ws echo the payload from the loop that hands results to the application. So an echo says that all results before it
 * were handed over.
 *
 * There is one ping at a time, about once a second, written together with results where possible. A subscription that begins with missed
 * changes brings one more. A client that is not known to answer is asked within a second. When it never does, its checkpoints are given up.
 * A client that has ever answered, and is silent now, keeps them: it is a page that sleeps.
 */
export function createAcknowledgements(checkpoints: Checkpoints): Acknowledgements {
  return {
    checkpoints,
    open: [],
    isDirty: false,
    due: 1,
    lastPing: 0,
    unanswered: undefined,
    echoes: false,
    isSilent: false,
    isClosed: false,
  }
}

/** Notes that the client has everything up to a revision. Null: the subscription cannot be continued. */
function acknowledge(held: Held, revision: number | null): void {
  held.owner.checkpoints.acknowledge(held, revision)
}

/** Call it when everything up to a revision was handed to the socket. */
export function wrote(held: Held, revision: number): void {
  held.written = revision
  held.owner.isDirty = true
}

/** Call it when no change up to a revision concerned the subscription, so that nothing was sent. */
export function passed(held: Held, revision: number): void {
  if (held.written === null) return
  const isAcknowledged = held.written === held.revision
  held.written = revision
  // Nothing was sent for these changes, so the client need not acknowledge them.
  if (isAcknowledged) acknowledge(held, revision)
}

/**
 * Call it when the subscription misses changes before its next result, so that it cannot be continued. A ping under way no longer counts
 * for it.
 */
export function expire(held: Held): void {
  const { unanswered } = held.owner
  if (unanswered) unanswered.revisions = unanswered.revisions.filter(([one]) => one !== held)
  held.written = null
  held.confirmed = null
  acknowledge(held, null)
}

/** Call it when the subscription can be continued after all, because nothing was missed up to a revision. */
export function unexpire(held: Held, revision: number): void {
  held.written = revision
  held.confirmed = revision
  acknowledge(held, revision)
}

function release(owner: Acknowledgements, isDead = false): void {
  for (const held of owner.open) owner.checkpoints.release(held, isDead)
  owner.open = []
}

/**
 * Begins a subscription to a stream, from its checkpoint if it has one. Resolves when the start is stored; `start` of the result says
 * where.
 */
export async function takeUp(owner: Acknowledgements, key: CheckpointKey, head: SubscriptionHead): Promise<Held> {
  const held = await owner.checkpoints.begin(key, head, owner)
  owner.open = owner.open.concat(held)
  owner.echoes ||= held.checkpoint.hasEchoed
  if (held.start.revision < head.revision) owner.due += 1
  if (owner.isClosed) release(owner)
  return held
}

/** Ends a subscription, and forgets its checkpoint. Does nothing when its socket has gone first: then the checkpoint is kept. */
export function end(held: Held): void {
  const { owner } = held
  if (!owner.open.includes(held)) return
  owner.open = owner.open.filter((one) => one !== held)
  owner.checkpoints.forget(held)
}

/** Numbers of pings are below this, and then begin again at 0. They only have to differ from those of recent pings. */
export const ACK_NUMBERS = 256

function ping(owner: Acknowledgements, revisions: AckPing['revisions']): number {
  owner.lastPing = (owner.lastPing + 1) % ACK_NUMBERS
  owner.unanswered = { heartbeats: undefined, revisions }
  return owner.lastPing
}

function isAcknowledged({ written, revision }: Held): boolean {
  return written === null || written === revision
}

function pingForWritten(owner: Acknowledgements): number | undefined {
  owner.isDirty = false
  const revisions = owner.open.flatMap((held) =>
    held.written === null || isAcknowledged(held) ? [] : [[held, held.written] as const],
  )
  if (revisions.length === 0) return undefined
  owner.due -= 1
  return ping(owner, revisions)
}

/** Call it when results are about to be written. Returns the number of a ping to write after them; undefined when none is due. */
export function pingAlong(owner: Acknowledgements): number | undefined {
  return owner.isDirty && owner.due > 0 && !owner.unanswered ? pingForWritten(owner) : undefined
}

function isLate(asked: AckPing, heartbeats: number): boolean {
  asked.heartbeats ??= heartbeats
  return heartbeats - asked.heartbeats >= HEARTBEATS_TO_ANSWER
}

/** Gives up the checkpoints of a client that never answers: they become null. A checkpoint stays when nothing was sent since it. */
function giveUp(owner: Acknowledgements): void {
  owner.isSilent = true
  for (const held of owner.open) if (held.revision !== null && !isAcknowledged(held)) acknowledge(held, null)
}

/**
 * Call it about once a second. `heartbeats` is how many pings of the WebSocket itself the client has answered. Returns the number of a ping
 * to send, or undefined. It is sent for results that were not acknowledged, and when it is not known yet whether the client answers.
 */
export function pingUnacknowledged(owner: Acknowledgements, heartbeats: number): number | undefined {
  const { unanswered, due, isDirty, echoes, open } = owner
  if (unanswered) {
    if (!echoes && isLate(unanswered, heartbeats)) giveUp(owner)
    return undefined
  }
  owner.due = Math.max(due, 1)
  const number = due > 0 && isDirty ? pingForWritten(owner) : undefined
  // Asked early, so that the answer is known even if the page falls asleep before its first result.
  const isUnknown = number === undefined && !echoes && open.length > 0
  return isUnknown ? ping(owner, []) : number
}

/** Takes the word of the client that it has got everything up to a revision. */
function confirm(held: Held, revision: number): void {
  acknowledge(held, revision)
  const { confirmed: after, listener, checkpoint } = held
  held.confirmed = revision
  listener?.acknowledged?.({ after, revision, term: checkpoint.term })
}

function numberOf(payload: unknown): unknown {
  return typeof payload === 'object' && payload !== null && 'ack' in payload ? payload.ack : undefined
}

/**
 * Call it for a `pong` message of the client. When it answers the present ping, the results before that are acknowledged. Returns the
 * number of a ping to send next, or undefined. A `pong` that was not asked for changes nothing.
 */
export function takePong(owner: Acknowledgements, payload: unknown): number | undefined {
  const { unanswered, open, lastPing } = owner
  if (!unanswered || numberOf(payload) !== lastPing) return undefined
  for (const [held, revision] of unanswered.revisions) if (open.includes(held)) confirm(held, revision)
  owner.unanswered = undefined
  owner.echoes = true
  for (const held of open) {
    held.checkpoint.hasEchoed = true
    owner.checkpoints.markAlive(held)
  }
  // Checkpoints that were given up meanwhile can be acknowledged again by the next ping.
  owner.isDirty ||= owner.isSilent
  owner.isSilent = false
  return pingAlong(owner)
}

/** Call it when the client gave a sign of life, such as the answer to a ping of the WebSocket, which a sleeping page gives, too. */
export function markAllAlive({ open, checkpoints }: Acknowledgements): void {
  for (const held of open) checkpoints.markAlive(held)
}

/** Whether another socket has come with the key of one of the subscriptions. Then this client has to be asked for a sign of life. */
export function isDoubted({ open }: Acknowledgements): boolean {
  return open.some(({ isProven }) => !isProven)
}

/**
 * Call it when the socket has gone, before its subscriptions are ended. Checkpoints are kept. `isDead`: the client did not close the
 * socket.
 */
export function closeAcknowledgements(owner: Acknowledgements, isDead: boolean): void {
  owner.isClosed = true
  release(owner, isDead)
}
