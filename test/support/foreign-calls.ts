import { buildSchema } from 'graphql'
import { readTypeDefs } from '../../src/graphql/schema.ts'
import { KINDS, type Kind, MEANINGS } from './argument-meanings.ts'
import type { Prober } from './foreign-names.ts'
import { callsOf, type Filling, type Slot } from './schema-calls.ts'

/** As it is published. */
export const SCHEMA = buildSchema(readTypeDefs().join('\n'))
/** Everything in it that can be called. */
export const CALLS = callsOf(SCHEMA)

/** Whether something is not given along with others. */
export function isRare(coordinate: string): boolean {
  return MEANINGS[coordinate]?.isRare === true
}

/** What a slot names; undefined: nothing. */
export function kindOf({ coordinate }: Slot): Kind | undefined {
  const meaning = MEANINGS[coordinate]
  return meaning && 'names' in meaning ? meaning.names : undefined
}

/** Fills a call with what is the prober's own. */
export function own({ names }: Prober): Filling {
  return {
    isRare,
    give: (slot) => {
      const meaning = MEANINGS[slot.coordinate]
      return meaning && ('names' in meaning ? names[meaning.names].own : meaning.value)
    },
  }
}

/** The same with another name in one slot. */
export function withName(prober: Prober, target: Slot, name: string): Filling {
  const filling = own(prober)
  return { ...filling, give: (slot) => (slot.path.join() === target.path.join() ? name : filling.give(slot)) }
}

/** What is not the prober's, or is something else. */
export function strangeNames({ names }: Prober, kind: Kind): readonly (readonly [string, string])[] {
  return [
    ...Object.entries(names[kind].foreign),
    ...KINDS.filter((other) => other !== kind && !/cursor|page/.test(`${kind}${other}`)).map(
      (other) => [`a ${other}`, names[other].own] as const,
    ),
  ]
}
