import { type Backoff, backoffMs } from '../lib/backoff.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createWaiting } from '../lib/waiting.ts'
import type { LinkSession } from './link-session.ts'

export interface ReconnectingOptions {
  /** The other side of the sessions in texts for operators, such as `Redis`. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** Opens a session that calls `onEnd` once when it is over. */
  readonly open: (onEnd: (reason: unknown) => void) => LinkSession
  /** Prepares a session for use, once messages pass. Example: subscribes it to all topics. */
  readonly prepare: (session: LinkSession) => Promise<void>
  /** Called when a session that was live is over. */
  readonly onLost: () => void
  /** Called when a session is prepared and may be used. `isReturn`: an earlier session or attempt had failed. */
  readonly onLive: (isReturn: boolean) => void
}

/** A row of sessions, one after the other, of which at most one is live. */
export interface Reconnecting {
  /** The session that may be used now; undefined while there is none. */
  live(): LinkSession | undefined
  /** Resolves when the first session is live, or the first attempt has failed. */
  readonly tried: Promise<void>
  /** Resolves when a task of the live session resolves, or when that session is over, whichever is first. Rejects when the task does. */
  untilOver(task: Promise<void>): Promise<void>
  /** Ends the session, and opens no further one. */
  close(): void
}

const RETRY: Backoff = { firstMs: 50, maxMs: 5_000 }

/** Opens a session, and another one after a backoff of up to 5 s whenever one ends, until it is closed. */
export function openReconnecting(options: ReconnectingOptions): Reconnecting {
  const { name, clock, log, open, prepare, onLost, onLive } = options
  const tried = Promise.withResolvers<void>()
  let session: LinkSession | undefined
  const { unlessLetGo, letGo } = createWaiting()
  let isLive = false
  let failures = 0
  let isClosed = false
  let cancelRetry: Cancel = () => {}

  const onEnd = (err: unknown): void => {
    if (isClosed) return
    if (failures === 0) log.warn({ err }, `${name} is away; this node goes on alone`)
    if (isLive) onLost()
    isLive = false
    cancelRetry = clock.after(backoffMs(RETRY, failures++), connect)
    tried.resolve()
    letGo()
  }

  const prepared = async (own: LinkSession): Promise<void> => {
    await own.live
    await prepare(own)
    if (session !== own) return
    const isReturn = failures > 0
    isLive = true
    failures = 0
    if (isReturn) log.info(`${name} is back`)
    onLive(isReturn)
    tried.resolve()
  }

  const connect = (): void => {
    session = open(onEnd)
    // `onEnd` is called with the reason.
    prepared(session).catch(() => {})
  }

  connect()
  return {
    live: () => (isLive ? session : undefined),
    tried: tried.promise,
    untilOver: unlessLetGo,
    close: () => {
      isClosed = true
      isLive = false
      cancelRetry()
      session?.end()
      tried.resolve()
      letGo()
    },
  }
}
