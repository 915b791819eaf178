import { z } from 'zod'
import { topic } from '../../src/bus/bus.ts'

/** A value that changes, at one of its versions. */
export interface Level {
  readonly key: string
  readonly value: number
  readonly version: number
}

/** Where the changes of levels are told. */
export const levels = topic<Level>('levels', z.object({ key: z.string(), value: z.number(), version: z.number() }))

/** A level whose value is its version. */
export function level(key: string, version: number): Level {
  return { key, value: version, version }
}
