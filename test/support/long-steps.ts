import { readFileSync } from 'node:fs'

/** Shorter steps are not told. */
export const LONG_STEP_MS = 20

/** `NODE_OPTIONS` of a process that writes the long steps of its event loop to the file that `LONG_STEPS` names. */
export const TELLING_STEPS = `--import=${new URL('./tell-long-steps.ts', import.meta.url)}`

/** A turn of an event loop. */
export interface Step {
  /** Milliseconds since the epoch. */
  readonly began: number
  /** How long the processor worked for it. */
  readonly tookMs: number
}

/** The longest step of a process that began and ended in some time, in milliseconds; 0 when none was long. */
export function longestStep(file: string, from: number, until: number): number {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): Step => JSON.parse(line))
    .filter(({ began, tookMs }) => began >= from && began + tookMs < until)
    .reduce((longest, { tookMs }) => Math.max(longest, tookMs), 0)
}
