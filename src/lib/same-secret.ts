import { createHash, timingSafeEqual } from 'node:crypto'

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whether a text is the secret. It takes the same time wherever the two differ, so that timing betrays nothing. */
export function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(hashOf(given), hashOf(secret))
}
