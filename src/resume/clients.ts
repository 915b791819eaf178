import { type Checkpoint, SILENT_MS, type Start } from './checkpoint.ts'

/** A checkpoint as its node keeps it: while a socket has it, and until it is stored. */
export interface OpenCheckpoint extends Checkpoint {
  term: string
  revision: number | null
  expiresAt: number
  hasEchoed: boolean
  isShared: boolean
  /** Sockets that follow it: a new one can come before the old one is found dead, and two tabs can ask the same under one id. */
  holders: readonly HeldCheckpoint[]
  /** How far those got that have gone, as long as they may come back; the first to be given up, and with the least, first. */
  gone: readonly Gone[]
  /** It is known where checkpoints outlive their node. */
  isStored: boolean
}

/** The checkpoint of a subscription that has a socket; it does not expire. */
export interface HeldCheckpoint<Owner = unknown> {
  /** Who holds it. */
  readonly owner: Owner
  readonly start: Start
  readonly checkpoint: OpenCheckpoint
  /** Everything up to here was handed to the socket; null until a client that has missed something is told so. */
  written: number | null
  /** What the client of this socket has acknowledged; null: it cannot be continued. */
  revision: number | null
  /** No other socket has taken the subscription up since the last sign of life of its client. */
  isProven: boolean
  /** The last sign of life of its client, in milliseconds. */
  aliveAt: number
  /** When it came; while it is not proven, since when it is doubted. */
  since: number
}

/** A client that has gone, and until when it can go on. */
export interface Gone {
  readonly revision: number | null
  readonly until: number
  /** When it was last certain that it was there. */
  readonly aliveAt: number
}

/** How many who have gone are told apart; more of them share the place of the one with the least. */
const MAX_GONE = 8

/**
 * Whether where a socket got counts: as long as it may be that of another client than the newest socket's. Of a subscription that several
 * clients have, each counts.
 */
export function counts({ isProven, since, checkpoint }: HeldCheckpoint, now: number): boolean {
  return isProven || checkpoint.isShared || now <= since + SILENT_MS
}

/** The one that has less; one that cannot be continued has the least. */
function lesser(one: number | null | undefined, other: number | null): number | null {
  return one === undefined || other === null || (one !== null && other < one) ? other : one
}

/** A subscription goes on where the client is that has the least, so that none of them misses anything. */
export function settle(checkpoint: OpenCheckpoint, now: number): void {
  let least: number | null | undefined
  for (const held of checkpoint.holders) if (counts(held, now)) least = lesser(least, held.revision)
  if (checkpoint.gone.length > 0) checkpoint.gone = checkpoint.gone.filter(({ until }) => until > now)
  for (const { revision } of checkpoint.gone) least = lesser(least, revision)
  if (least !== undefined) checkpoint.revision = least
}

/** Another client has come, perhaps, some milliseconds ago: each that had a socket then is to give a sign of life. */
export function doubt(checkpoint: OpenCheckpoint, now: number, ago = 0): void {
  if (checkpoint.isShared) return
  for (const held of checkpoint.holders) {
    if (!held.isProven || held.since > now - ago) continue
    held.isProven = false
    held.since = now
  }
}

/** All sockets of a checkpoint are older ones of a client that came elsewhere, as far as anybody knows. */
export function replace(checkpoint: OpenCheckpoint): void {
  for (const held of checkpoint.holders) {
    held.isProven = false
    held.since = 0
  }
}

/** A client gave a sign of life; returns whether that changes anything for those who share its checkpoint. */
export function prove(held: HeldCheckpoint, now: number): boolean {
  held.aliveAt = now
  if (held.isProven) return false
  held.isProven = true
  // It lives, and so does the one that came.
  held.checkpoint.isShared = true
  settle(held.checkpoint, now)
  return true
}

/** Adds one that is given up after all others. Those who got as far, and are given up before, need not be known any more. */
export function addGone(gone: readonly Gone[], one: Gone): readonly Gone[] {
  const behind = gone.filter(({ revision }) => (revision ?? -1) < (one.revision ?? -1))
  const last = behind[MAX_GONE - 1]
  return last ? behind.with(MAX_GONE - 1, { ...one, revision: last.revision }) : [...behind, one]
}

/** How long ago a client of this node was certainly there, in milliseconds. */
export function silenceOf({ holders, gone }: OpenCheckpoint, now: number): number {
  const clients = holders.length > 0 ? holders : gone
  return now - Math.max(0, ...clients.map(({ aliveAt }) => aliveAt))
}
