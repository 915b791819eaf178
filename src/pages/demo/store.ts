import type { Store } from '@herald/client'
import { useEffect, useReducer } from 'preact/hooks'

/** The state of a store, in a component that is drawn again whenever it changes. */
export function useStore<State>(store: Pick<Store<State>, 'getSnapshot' | 'subscribe'>): State {
  const [, draw] = useReducer<number, State>((count) => count + 1, 0)
  useEffect(() => store.subscribe(draw), [store])
  return store.getSnapshot()
}

/** A value that changes, for whoever listens. */
export interface Value<State> extends Pick<Store<State>, 'getSnapshot' | 'subscribe'> {
  readonly set: (state: State) => void
}

/** Makes a value. It is compared by identity: setting the same one again tells nobody. */
export function createValue<State>(initial: State): Value<State> {
  const listeners = new Set<(state: State) => void>()
  let state = initial
  return {
    getSnapshot: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    set: (next) => {
      if (next === state) return
      state = next
      for (const listener of [...listeners]) listener(state)
    },
  }
}

/** Whether somebody can see this page. What stands in a hidden tab was not read. */
export function useIsVisible(): boolean {
  const [, draw] = useReducer<number, unknown>((count) => count + 1, 0)
  useEffect(() => {
    document.addEventListener('visibilitychange', draw)
    return () => document.removeEventListener('visibilitychange', draw)
  }, [])
  return document.visibilityState === 'visible'
}
