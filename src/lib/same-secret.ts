import { createHash, timingSafeEqual } from 'node:crypto'

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whether what was given is the secret; it takes the same time whatever is wrong with it. */
export function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(hashOf(given), hashOf(secret))
}
