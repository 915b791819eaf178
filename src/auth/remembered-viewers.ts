import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Viewer } from './viewer.ts'

/** Whom verified tokens describe. */
export interface RememberedViewers {
  recall(key: string): Viewer | undefined
  remember(key: string, viewer: Viewer): void
  forget(key: string): void
  forgetAll(): void
}

/** What is known of a token is kept under this hash, so that no token lies in memory for longer than its request. */
export function hashOf(token: string): string {
  return hash('sha256', token, 'base64')
}

/** What one takes on the average at most: names and addresses of pictures can be long. */
const BYTES_EACH = 1_000
/** Beside its texts. */
const BYTES_PER_VIEWER = 400

function bytesOf({ userId, name, avatarUrl }: Viewer): number {
  return BYTES_PER_VIEWER + 2 * (userId.length + (name?.length ?? 0) + (avatarUrl?.length ?? 0))
}

/** Remembers at most `max` of them, in about a kilobyte each; with more, the one is forgotten that was not asked for the longest time. */
export function createRememberedViewers(max: number): RememberedViewers {
  const viewers = new LRUCache<string, Viewer>({ max, maxSize: max * BYTES_EACH, sizeCalculation: bytesOf })
  return {
    recall: (key) => viewers.get(key),
    remember: (key, viewer) => void viewers.set(key, viewer),
    forget: (key) => void viewers.delete(key),
    forgetAll: () => viewers.clear(),
  }
}
