import type { GraphQLResolveInfo } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import { isCursorExpired } from '../delivery/cursor.ts'
import { type Description, Source } from '../delivery/description.ts'
import { itself } from '../delivery/execute.ts'
import { type Context, requireViewer } from './context.ts'

/**
 * The arguments of a subscription to a log when its client says where to begin, by `after` or `Last-Event-ID`; otherwise undefined. An
 * `after` that is null says nothing.
 */
function startOf<Args>(args: Args, { lastEventId }: Context, info: GraphQLResolveInfo): Args | undefined {
  const isLog = () => info.parentType.getFields()[info.fieldName]?.args.some(({ name }) => name === 'after')
  if (lastEventId !== undefined && isLog()) return { ...args, after: lastEventId }
  return (args as { readonly after?: unknown }).after == null ? undefined : args
}

/**
 * Begins a log where the client says. If that cursor has expired, the log is described without it, and the error is kept: the subscription
 * can still have a checkpoint, from which it continues.
 */
async function beginAt<Args>(describe: (args: Args) => Promise<Description>, args: Args): Promise<Source> {
  try {
    return new Source(await describe(args), true)
  } catch (refusal) {
    if (!isCursorExpired(refusal)) throw refusal
    return new Source(await describe({ ...args, after: null }), true, refusal)
  }
}

/** The resolver of a subscription field. `describe` says what is followed; each item of that is a value of the field. */
export function subscription<Args, Item>(
  describe: (context: Context, viewer: Viewer, args: Args, info: GraphQLResolveInfo) => Promise<Description<Item>>,
) {
  return {
    subscribe: async (_root: unknown, args: Args, context: Context, info: GraphQLResolveInfo): Promise<Source> => {
      const viewer = requireViewer(context)
      const start = startOf(args, context, info)
      return start
        ? beginAt((own) => describe(context, viewer, own, info), start)
        : new Source(await describe(context, viewer, args, info))
    },
    resolve: itself<Item>,
  }
}
