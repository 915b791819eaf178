import { median } from './figures.ts'

/** How much more a peer takes than Herald did in the same repetition. */
export interface Ratio {
  readonly median: number
  readonly min: number
  readonly max: number
  /** Repetitions that it comes from. */
  readonly count: number
}

/** A measurement of one peer in one repetition. */
export interface Measured {
  readonly peer: string
  readonly repetition: number
}

/** The peer whose figures the others are divided by. */
export const BASE = 'herald'

/** The median of the ratios of each repetition; undefined when no repetition has both. */
export function ratioTo<Sample extends Measured>(
  samples: readonly Sample[],
  peer: string,
  pick: (sample: Sample) => number,
): Ratio | undefined {
  const ratios = samples
    .filter((sample) => sample.peer === peer)
    .flatMap((sample) => {
      const base = samples.find((other) => other.peer === BASE && other.repetition === sample.repetition)
      return base ? [pick(sample) / pick(base)] : []
    })
  if (ratios.length === 0) return undefined
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios), count: ratios.length }
}
