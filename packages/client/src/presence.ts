import type { HeraldClient } from './client.ts'
import { createClientStore, type LoadState, shared } from './client-store.ts'
import type { Presence, PresenceOfResult } from './document-types.ts'
import { PRESENCE } from './documents.ts'
import { follow } from './follow.ts'
import type { Store } from './store.ts'

/** Who is online. */
export interface PresenceState extends LoadState {
  /** The presence of each user, as far as it is known. */
  readonly byUser: Readonly<Record<string, Presence>>
}

/** The most users that one subscription may name. */
const MAX_IDS = 100

/** Returns the state after the presence of a user came. The same state when it says nothing new. */
export function reducePresence(state: PresenceState, presence: Presence): PresenceState {
  const known = state.byUser[presence.userId]
  const isKnown =
    known?.isOnline === presence.isOnline &&
    known.connectionCount === presence.connectionCount &&
    known.lastSeenAt === presence.lastSeenAt
  if (isKnown && state.status === 'ready') return state
  return {
    status: 'ready',
    error: null,
    byUser: isKnown ? state.byUser : { ...state.byUser, [presence.userId]: Object.freeze(presence) },
  }
}

/** A store of who of these users is online. For the same users it is the same store. */
export function createPresence(client: HeraldClient, userIds: readonly string[]): Store<PresenceState> {
  const ids = [...new Set(userIds)].sort()
  return shared(client, `presence ${JSON.stringify(ids)}`, () => {
    const initial: PresenceState = { status: ids.length > 0 ? 'loading' : 'ready', error: null, byUser: {} }
    const { store } = createClientStore(client, initial, (source) => {
      const state = source.store.getSnapshot
      const stops: (() => void)[] = []
      for (let from = 0; from < ids.length; from += MAX_IDS) {
        const request = { query: PRESENCE, variables: { userIds: ids.slice(from, from + MAX_IDS) } }
        const stop = follow<PresenceOfResult>(client, () => request, {
          next: ({ presenceChanged }) => source.set(reducePresence(state(), presenceChanged)),
          failed: (error) => source.set({ ...state(), status: 'error', error }),
        })
        stops.push(stop)
      }
      return () => {
        for (const stop of stops) stop()
      }
    })
    return store
  })
}
