import { type ConnectionReason, type ConnectionState, explain, IDLE } from './connection.ts'
import type { Lost } from './socket-transport.ts'
import { createStore, type Store } from './store.ts'

/** For these it does not help to try again. */
const FATAL: readonly ConnectionReason[] = ['token-refused', 'protocol', 'other-user']
/** What can look like this when a WebSocket is blocked on its way. */
const MAY_BE_BLOCKED: readonly ConnectionReason[] = ['unreachable', 'lost', 'silent']

function isOffline(): boolean {
  return (globalThis as { readonly navigator?: { readonly onLine?: boolean } }).navigator?.onLine === false
}

/** Keeps the state of a connection. */
export class ConnectionStatus {
  readonly #source = createStore(IDLE, () => () => {})

  get store(): Store<ConnectionState> {
    return this.#source.store
  }

  get now(): ConnectionState {
    return this.store.getSnapshot()
  }

  get isSse(): boolean {
    return this.now.transport === 'sse'
  }

  /** Changes the state; `detail` is what Herald said itself. Nothing changes after `disposed`. */
  tell(change: Partial<ConnectionState>, detail?: string): void {
    if (this.now.status === 'disposed') return
    const state = { ...this.now, ...change }
    this.#source.set({ ...state, message: explain(state.reason, detail) })
  }

  /** An attempt begins. What was lost stays told until it is back. */
  connecting(): void {
    if (this.now.status === 'idle' || this.now.status === 'failed') this.tell({ status: 'connecting' })
  }

  connected(): void {
    const reason = this.isSse ? 'websocket-blocked' : null
    this.tell({ status: 'connected', reason, closeCode: null, hasConnected: true })
  }

  /** Nobody needs a connection now. */
  idle(): void {
    this.tell({ status: 'idle', reason: this.isSse ? 'websocket-blocked' : null, closeCode: null })
  }

  /** Returns whether it may be that WebSockets are blocked. */
  lost({ reason, closeCode, detail, hadConnected }: Omit<Lost, 'detail'> & Partial<Pick<Lost, 'detail'>>): boolean {
    const mayBeBlocked = MAY_BE_BLOCKED.includes(reason)
    const status = FATAL.includes(reason) ? 'failed' : 'reconnecting'
    this.tell({ status, reason: mayBeBlocked && isOffline() ? 'offline' : reason, closeCode }, detail)
    return mayBeBlocked && !hadConnected
  }
}
