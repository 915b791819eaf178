import type { HeraldClient } from './client.ts'
import type { HeraldError } from './errors.ts'
import { createStore, type StoreSource } from './store.ts'

/** What every store says of itself. */
export interface LoadState {
  /** `loading` until something is there; `error` when something is wrong, while what was there before is still shown. */
  readonly status: 'loading' | 'ready' | 'error'
  /** What is wrong; null when nothing is. */
  readonly error: HeraldError | null
}

/** Returns what a client has under a key, made when it is asked for first: who shows the same shares one store. */
export function shared<Made>(client: HeraldClient, key: string, make: () => Made): Made {
  const { stores } = client.internals
  if (!stores.has(key)) stores.set(key, make())
  return stores.get(key) as Made
}

/**
 * Makes a store that a client feeds. `open` begins to feed it and returns how to end that. When the client is disposed of, it ends and the store
 * is as it was in the beginning: nothing of a user is left for the next one.
 */
export function createClientStore<State extends object>(
  client: HeraldClient,
  initial: State,
  open: (source: StoreSource<State>) => () => void,
): StoreSource<State> {
  const { over } = client.internals
  const source = createStore(initial, () => {
    if (over.aborted) {
      source.set(initial)
      return () => {}
    }
    const close = open(source)
    const end = (): void => {
      close()
      source.set(initial)
    }
    over.addEventListener('abort', end)
    return () => {
      over.removeEventListener('abort', end)
      if (!over.aborted) close()
    }
  })
  return source
}
