import { type Backoff, backoffMs } from '../lib/backoff.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createWaiting } from '../lib/waiting.ts'
import type { LinkSession } from './link-session.ts'

export interface ReconnectingOptions {
  /** What the sessions are with, for operators. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  readonly open: (onEnd: (reason: unknown) => void) => LinkSession
  /** Makes a session whose messages pass ready for use. */
  readonly prepare: (session: LinkSession) => Promise<void>
  /** A session that could be used is over. */
  readonly onLost: () => void
  /** A session may be used from now on. `isReturn`: the other side was away before. */
  readonly onLive: (isReturn: boolean) => void
}

/** Sessions, one after the other. */
export interface Reconnecting {
  /** The session that may be used now. */
  live(): LinkSession | undefined
  /** Resolves when the first attempt is live or has failed. */
  readonly tried: Promise<void>
  /** Resolves when a task of the session that is live does, or when that is over before; rejects when the task does. */
  untilOver(task: Promise<void>): Promise<void>
  close(): void
}

const RETRY: Backoff = { firstMs: 50, maxMs: 5_000 }

/** Opens a session, and another one whenever it ends, until it is closed. */
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
    // Why it failed is told to `onEnd`.
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
