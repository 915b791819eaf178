import { type Checkpoint, SILENT_MS, type Start } from './checkpoint.ts'

/** A checkpoint in the memory of its node: while a socket has it, and until it is stored after that. */
export interface OpenCheckpoint extends Checkpoint {
  term: string
  revision: number | null
  expiresAt: number
  hasEchoed: boolean
  isShared: boolean
  /**
   * The sockets with this checkpoint. There are several when a client is back before its old socket is found dead, or when two tabs use one
   * id.
   */
  holders: readonly HeldCheckpoint[]
  /** Clients that have gone and may come back. Ordered by when they are given up, and so that revisions rise. */
  gone: readonly Gone[]
  /** Whether the database has a row for it. */
  isStored: boolean
}

/** What the client of a socket has said that it has got: every change of a stream after `after`, up to `revision`. */
export interface Confirmed {
  /** Null: it may have missed something before `revision`. */
  readonly after: number | null
  readonly revision: number
  /** The last term of the stream that the client knows. */
  readonly term: string
}

/** Whoever wants to know what the client of a subscription has got. */
export interface ConfirmedListener {
  acknowledged?(confirmed: Confirmed): void
}

/** The part of one socket in a checkpoint: how far the client of this socket is. It does not expire while the socket is open. */
export interface HeldCheckpoint<Owner = unknown> {
  /** The owner that was given to `Checkpoints.begin`: the acknowledgements of the socket. */
  readonly owner: Owner
  readonly start: Start
  readonly checkpoint: OpenCheckpoint
  /**
   * The revision up to which everything was handed to the socket. Null while the subscription has expired and its client is not told yet.
   */
  written: number | null
  /** The revision up to which the client of this socket has acknowledged. Null: the subscription cannot be continued. */
  revision: number | null
  /**
   * The revision up to which the client is known to have everything, on this socket or before. Null while it may have missed something. Not
   * moved by what gives up or shares the checkpoint.
   */
  confirmed: number | null
  /** Told what the client says that it has got. */
  listener: ConfirmedListener | undefined
  /** Whether no other socket has taken up the subscription since the last sign of life of this client. */
  isProven: boolean
  /** The last sign of life of the client, in milliseconds. */
  aliveAt: number
  /** When the socket came. While it is not proven: since when it is in doubt. */
  since: number
}

/** A client that has gone, and may come back. */
export interface Gone {
  /** The revision up to which it has acknowledged. Null: it cannot be continued. */
  readonly revision: number | null
  /** Until when it can continue, in milliseconds. */
  readonly until: number
  /** When it was last certain that the client was there. */
  readonly aliveAt: number
}

/** The most clients that have gone and are kept apart. More of them share the lowest revision among them. */
const MAX_GONE = 8

/**
 * Whether the place of a socket counts when a subscription begins: as long as it may be of another client than the newest socket. When the
 * checkpoint is shared, every place counts.
 */
export function counts({ isProven, since, checkpoint }: HeldCheckpoint, now: number): boolean {
  return isProven || checkpoint.isShared || now <= since + SILENT_MS
}

/** The lower of two revisions. Null, which cannot be continued, is the lowest. */
function lesser(one: number | null | undefined, other: number | null): number | null {
  return one === undefined || other === null || (one !== null && other < one) ? other : one
}

/**
 * Sets the revision of a checkpoint to the lowest place that counts, so that no client misses anything. Forgets gone clients whose time is
 * over.
 */
export function settle(checkpoint: OpenCheckpoint, now: number): void {
  let least: number | null | undefined
  for (const held of checkpoint.holders) if (counts(held, now)) least = lesser(least, held.revision)
  if (checkpoint.gone.length > 0) checkpoint.gone = checkpoint.gone.filter(({ until }) => until > now)
  for (const { revision } of checkpoint.gone) least = lesser(least, revision)
  if (least !== undefined) checkpoint.revision = least
}

/** Call it when a socket has come with this key, `ago` milliseconds ago. The sockets that were there before have to give a sign of life. */
export function doubt(checkpoint: OpenCheckpoint, now: number, ago = 0): void {
  if (checkpoint.isShared) return
  for (const held of checkpoint.holders) {
    if (!held.isProven || held.since > now - ago) continue
    held.isProven = false
    held.since = now
  }
}

/** Lets the sockets of a checkpoint count no longer: they are older sockets of a client that has moved to another node. */
export function replace(checkpoint: OpenCheckpoint): void {
  for (const held of checkpoint.holders) {
    held.isProven = false
    held.since = 0
  }
}

/**
 * Call it when a client gave a sign of life. Returns whether that changed the checkpoint: a socket in doubt has answered, so it is shared.
 */
export function prove(held: HeldCheckpoint, now: number): boolean {
  held.aliveAt = now
  if (held.isProven) return false
  held.isProven = true
  // This client lives, and the one that has come since is another one.
  held.checkpoint.isShared = true
  settle(held.checkpoint, now)
  return true
}

/** Adds a gone client that is given up after all others. Clients that got as far, and are given up sooner, are dropped from the list. */
export function addGone(gone: readonly Gone[], one: Gone): readonly Gone[] {
  const behind = gone.filter(({ revision }) => (revision ?? -1) < (one.revision ?? -1))
  const last = behind[MAX_GONE - 1]
  return last ? behind.with(MAX_GONE - 1, { ...one, revision: last.revision }) : [...behind, one]
}

/** How many milliseconds ago a client of this checkpoint was certainly there, on this node. */
export function silenceOf({ holders, gone }: OpenCheckpoint, now: number): number {
  const clients = holders.length > 0 ? holders : gone
  return now - Math.max(0, ...clients.map(({ aliveAt }) => aliveAt))
}
