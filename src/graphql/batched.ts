import DataLoader from 'dataloader'
import type { GraphQLResolveInfo } from 'graphql'
import { knownOr } from '../delivery/compile.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { Context } from './context.ts'
import { wantedAt } from './wanted-fields.ts'

/** The most objects for which one read is made. */
const MAX_BATCH = 500

/** An object of which a field is asked for, and the fields that are wanted of the value. */
interface Asked<Source> {
  readonly source: Source
  readonly info: GraphQLResolveInfo
}

/** The fields that are wanted in any of these places. */
function wantedOf(asked: readonly Asked<unknown>[]): Wanted {
  // All objects of a list are asked by the same nodes.
  const places = new Map(asked.map(({ info }) => [info.fieldNodes, info]))
  return new Set([...places.values()].flatMap((info) => [...(wantedAt(info) ?? [])]))
}

/**
 * Makes the resolver of a field that is read with one statement for all objects of a page or of a step of an answer. `known` finds the
 * value where nothing has to be read, and is undefined elsewhere. `load` reads the others, in their order. A batch counts as one read of
 * its operation.
 */
export function batched<Source, Value>(
  known: (source: Source) => Value | undefined,
  load: (context: Context, sources: readonly Source[], wanted: Wanted) => Promise<readonly Value[]>,
) {
  const loaders = new WeakMap<Context, DataLoader<Asked<Source>, Value>>()

  const loaderOf = (context: Context): DataLoader<Asked<Source>, Value> => {
    const loader = loaders.get(context) ?? new DataLoader(read(context), { cache: false, maxBatchSize: MAX_BATCH })
    loaders.set(context, loader)
    return loader
  }

  const read = (context: Context) => async (asked: readonly Asked<Source>[]) => {
    const task = () =>
      load(
        context,
        asked.map(({ source }) => source),
        wantedOf(asked),
      )
    const values = await (context.work === undefined ? task() : context.work.read(task))
    // Nobody waits for the answer any more.
    return values ?? asked.map(() => null as Value)
  }

  return knownOr(known, (source: Source, _args: unknown, context: Context, info: GraphQLResolveInfo) =>
    loaderOf(context).load({ source, info }),
  )
}
