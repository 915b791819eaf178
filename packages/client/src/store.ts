/**
 * Something that changes, as `useSyncExternalStore` of React takes it. Vue and Svelte need a line of glue. What a store is fed by
 * is opened with its first listener and closed some time after its last one; making a store does nothing.
 */
export interface Store<State> {
  /** The state now. It is frozen, and the same object until something changes. */
  readonly getSnapshot: () => State
  /** What a server renders: the state of a store that nobody has listened to. */
  readonly getServerSnapshot: () => State
  /** Calls a function after each change, with the new state. What it returns ends that. */
  readonly subscribe: (listener: (state: State) => void) => () => void
}

/** A store, with what its source does to it. */
export interface StoreSource<State> {
  readonly store: Store<State>
  /** Takes the place of the state; listeners are called, unless it is the same object. */
  readonly set: (next: State) => void
}

/** How long a source stays open without listeners, in milliseconds: a change of pages, or StrictMode, opens nothing twice. */
export const LINGER_MS = 3_000

/**
 * Makes a store. `open` is called when somebody begins to listen, and what it returns when nobody has for `lingerMs` milliseconds. A
 * listener that throws keeps no other one from being called.
 */
export function createStore<State extends object>(
  initial: State,
  open: () => () => void,
  lingerMs: number = LINGER_MS,
): StoreSource<State> {
  const listeners = new Set<{ readonly call: (state: State) => void }>()
  const first = Object.freeze(initial)
  let state = first
  let close: (() => void) | undefined
  let lingering: ReturnType<typeof setTimeout> | undefined

  const subscribe = (call: (state: State) => void): (() => void) => {
    // An object of its own: the same function can listen twice.
    const listener = { call }
    listeners.add(listener)
    clearTimeout(lingering)
    close ??= open()
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return
      lingering = setTimeout(() => {
        close?.()
        close = undefined
      }, lingerMs)
    }
  }
  const set = (next: State): void => {
    if (next === state) return
    state = Object.freeze(next)
    for (const { call } of [...listeners]) {
      try {
        call(state)
      } catch (error) {
        // As an error of an event listener: reported, and nobody's business here.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
  return { store: { getSnapshot: () => state, getServerSnapshot: () => first, subscribe }, set }
}
