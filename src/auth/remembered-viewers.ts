import { createHash } from 'node:crypto'
import type { Viewer } from './viewer.ts'

/** Whom verified tokens describe. */
export interface RememberedViewers {
  recall(key: string): Viewer | undefined
  remember(key: string, viewer: Viewer): void
  forget(key: string): void
  forgetAll(): void
}

/** What is known of a token is kept under this hash, so that no token lies in memory for longer than its request. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64')

/** Remembers `max` of them; with more, the one is forgotten that was not asked for the longest time. */
export const createRememberedViewers = (max: number): RememberedViewers => {
  const viewers = new Map<string, Viewer>()
  return {
    recall: (key) => {
      const viewer = viewers.get(key)
      if (!viewer) return undefined
      viewers.delete(key)
      viewers.set(key, viewer)
      return viewer
    },
    remember: (key, viewer) => {
      viewers.set(key, viewer)
      const [oldest] = viewers.keys()
      if (viewers.size > max && oldest !== undefined) viewers.delete(oldest)
    },
    forget: (key) => void viewers.delete(key),
    forgetAll: () => viewers.clear(),
  }
}
