import type { SubscriptionHead } from './checkpoint.ts'
import type { CheckpointKey } from './checkpoint-key.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { HeldCheckpoint } from './clients.ts'

/** A checkpoint that the client of a socket has something to say of. */
export type Held = HeldCheckpoint<Acknowledgements>

/** What the client of one socket has still to say. */
export interface Acknowledgements {
  readonly checkpoints: Checkpoints
  /** Of its subscriptions to logs. */
  open: readonly Held[]
  /** Something was written since it was asked. */
  isDirty: boolean
  /** How many pings may go along with results before the next heartbeat: one, and one for each subscription that missed something. */
  due: number
  /** The number of the last ping. */
  lastPing: number
  /** The ping that it has not answered yet. */
  unanswered: AckPing | undefined
  /** Its client is known to answer: it did so here, or in a subscription of an earlier socket. When it is silent, it only cannot answer now. */
  echoes: boolean
  /** It has never answered, although it reads. */
  isSilent: boolean
  isClosed: boolean
}

/** A `ping` message with a number, which asks a client to acknowledge what it got before. */
interface AckPing {
  /** How many pings of the WebSocket the client had answered at the heartbeat after it. */
  heartbeats: number | undefined
  revisions: readonly (readonly [held: Held, revision: number])[]
}

/** With so many heartbeats since it was asked, a client has certainly read the ping, unless it sleeps. */
const HEARTBEATS_TO_ANSWER = 2

/**
 * Learns from the client of one socket what it has got, without its knowing: by `ping` messages with a payload. Clients of
 * graphql-ws echo it from the loop that hands results to the application, so the echo says that all results before it were handed
 * over. One ping at a time, about one a second, more when subscriptions begin with what was missed, and where possible in
 * one write with results, behind them. A client of which nobody knows whether it answers is asked within a second: one that never does is not asked
 * again, and what it is sent is given up. One that has answered ever, and is silent now, is a page that sleeps.
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

/** The client has everything up to a revision; null: it will not say, so that the subscription cannot be continued. */
function acknowledge(held: Held, revision: number | null): void {
  held.owner.checkpoints.acknowledge(held, revision)
}

/** Everything up to this revision was handed to the socket. */
export function wrote(held: Held, revision: number): void {
  held.written = revision
  held.owner.isDirty = true
}

/** Nothing up to this revision concerned the subscription. */
export function passed(held: Held, revision: number): void {
  if (held.written === null) return
  const isAcknowledged = held.written === held.revision
  held.written = revision
  // The client need not be asked about what it was never sent.
  if (isAcknowledged) acknowledge(held, revision)
}

/** It cannot be continued after all: something is missed before the next result. What its client was asked about it counts no more. */
export function expire(held: Held): void {
  const { unanswered } = held.owner
  if (unanswered) unanswered.revisions = unanswered.revisions.filter(([one]) => one !== held)
  held.written = null
  acknowledge(held, null)
}

/** It can be continued after all: nothing was missed up to a revision. */
export function unexpire(held: Held, revision: number): void {
  held.written = revision
  acknowledge(held, revision)
}

function release(owner: Acknowledgements, isDead = false): void {
  for (const held of owner.open) owner.checkpoints.release(held, isDead)
  owner.open = []
}

/** Takes up a subscription to a stream where its client left it. */
export async function takeUp(owner: Acknowledgements, key: CheckpointKey, head: SubscriptionHead): Promise<Held> {
  const held = await owner.checkpoints.begin(key, head, owner)
  owner.open = owner.open.concat(held)
  owner.echoes ||= held.checkpoint.hasEchoed
  if (held.start.revision < head.revision) owner.due += 1
  if (owner.isClosed) release(owner)
  return held
}

/** The subscription is over. When its socket has gone first, the checkpoint is kept. */
export function end(held: Held): void {
  const { owner } = held
  if (!owner.open.includes(held)) return
  owner.open = owner.open.filter((one) => one !== held)
  owner.checkpoints.forget(held)
}

/** Numbers of pings are below this. They are used again: all that matters is that no answer is taken for that to another ping. */
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

/** Results are about to be written; returns the number of the ping to send behind them, in the same write. */
export function pingAlong(owner: Acknowledgements): number | undefined {
  return owner.isDirty && owner.due > 0 && !owner.unanswered ? pingForWritten(owner) : undefined
}

function isLate(asked: AckPing, heartbeats: number): boolean {
  asked.heartbeats ??= heartbeats
  return heartbeats - asked.heartbeats >= HEARTBEATS_TO_ANSWER
}

/** What was sent to a client that never answers: nobody knows what it has. What was never sent, it has not missed. */
function giveUp(owner: Acknowledgements): void {
  owner.isSilent = true
  for (const held of owner.open) if (held.revision !== null && !isAcknowledged(held)) acknowledge(held, null)
}

/**
 * Call it about once a second with the number of pings of the WebSocket itself that the client has answered. Returns the number of
 * a ping to send when there is something to acknowledge that no later result took along, or when nobody knows yet whether it answers.
 */
export function pingUnacknowledged(owner: Acknowledgements, heartbeats: number): number | undefined {
  const { unanswered, due, isDirty, echoes, open } = owner
  if (unanswered) {
    if (!echoes && isLate(unanswered, heartbeats)) giveUp(owner)
    return undefined
  }
  owner.due = Math.max(due, 1)
  const number = due > 0 && isDirty ? pingForWritten(owner) : undefined
  // So that it is known when it falls asleep before its first result.
  const isUnknown = number === undefined && !echoes && open.length > 0
  return isUnknown ? ping(owner, []) : number
}

function numberOf(payload: unknown): unknown {
  return typeof payload === 'object' && payload !== null && 'ack' in payload ? payload.ack : undefined
}

/** The client answered a ping of the protocol; returns the number of the next one. What was not asked for changes nothing. */
export function takePong(owner: Acknowledgements, payload: unknown): number | undefined {
  const { unanswered, open, lastPing } = owner
  if (!unanswered || numberOf(payload) !== lastPing) return undefined
  for (const [held, revision] of unanswered.revisions) if (open.includes(held)) acknowledge(held, revision)
  owner.unanswered = undefined
  owner.echoes = true
  for (const held of open) {
    held.checkpoint.hasEchoed = true
    owner.checkpoints.markAlive(held)
  }
  // Those that were given up meanwhile are asked for again.
  owner.isDirty ||= owner.isSilent
  owner.isSilent = false
  return pingAlong(owner)
}

/** The client of a socket gave a sign of life that needs no page to be awake. */
export function markAllAlive({ open, checkpoints }: Acknowledgements): void {
  for (const held of open) checkpoints.markAlive(held)
}

/** Whether others have come under the key of one of its subscriptions, so that its client is to give a sign of life. */
export function isDoubted({ open }: Acknowledgements): boolean {
  return open.some(({ isProven }) => !isProven)
}

/** The socket has gone: call it before subscriptions are ended for that. `isDead`: its client did not close it. */
export function closeAcknowledgements(owner: Acknowledgements, isDead: boolean): void {
  owner.isClosed = true
  release(owner, isDead)
}
