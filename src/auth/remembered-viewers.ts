import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Viewer } from './viewer.ts'

/** The viewers of verified tokens, by the hash of the token (`hashOf`). */
export interface RememberedViewers {
  recall(key: string): Viewer | undefined
  remember(key: string, viewer: Viewer): void
  forget(key: string): void
  forgetAll(): void
}

/** The hash of a token, under which its viewer is remembered. So no token stays in memory for longer than its request. */
export function hashOf(token: string): string {
  return hash('sha256', token, 'base64')
}

/** The average memory of a viewer at most, in bytes. Names and addresses of pictures can be long. */
const BYTES_EACH = 1_000
/** About how many bytes a viewer takes beside its texts. */
const BYTES_PER_VIEWER = 400

function bytesOf({ userId, name, avatarUrl }: Viewer): number {
  return BYTES_PER_VIEWER + 2 * (userId.length + (name?.length ?? 0) + (avatarUrl?.length ?? 0))
}

/** Remembers at most `max` viewers, in at most a kilobyte each on the average. Beyond that, the least recently used ones are forgotten. */
export function createRememberedViewers(max: number): RememberedViewers {
  const viewers = new LRUCache<string, Viewer>({ max, maxSize: max * BYTES_EACH, sizeCalculation: bytesOf })
  return {
    recall: (key) => viewers.get(key),
    remember: (key, viewer) => void viewers.set(key, viewer),
    forget: (key) => void viewers.delete(key),
    forgetAll: () => viewers.clear(),
  }
}
