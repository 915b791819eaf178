import type { Internals } from '../../src/delivery/ws-internals.ts'

/** `ws` and Node as they are expected. */
export const EVERYTHING: Internals = { canWritePast: true, canSkip: true, canCountParts: true }

/** Nothing works that they do not promise. */
export const NOTHING: Internals = { canWritePast: false, canSkip: false, canCountParts: false }

/** Both, for tests of what must hold with either. */
export const EITHER: readonly (readonly [string, Internals])[] = [
  ['ws and Node as expected', EVERYTHING],
  ['nothing but what ws and Node promise', NOTHING],
]
