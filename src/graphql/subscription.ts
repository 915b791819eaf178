import type { GraphQLResolveInfo } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import { isCursorExpired } from '../delivery/cursor.ts'
import { type Description, Source } from '../delivery/description.ts'
import { itself } from '../delivery/execute.ts'
import { type Context, requireViewer } from './context.ts'

/** What the client says of where a log begins, if anything; null says as little as nothing. */
function startOf<Args>(args: Args, { lastEventId }: Context, info: GraphQLResolveInfo): Args | undefined {
  const isLog = () => info.parentType.getFields()[info.fieldName]?.args.some(({ name }) => name === 'after')
  if (lastEventId !== undefined && isLog()) return { ...args, after: lastEventId }
  return (args as { readonly after?: unknown }).after == null ? undefined : args
}

/** A log from where the client says. When that is no longer possible, it can still be one that is known, and got further. */
async function beginAt<Args>(describe: (args: Args) => Promise<Description>, args: Args): Promise<Source> {
  try {
    return new Source(await describe(args), true)
  } catch (refusal) {
    if (!isCursorExpired(refusal)) throw refusal
    return new Source(await describe({ ...args, after: null }), true, refusal)
  }
}

/** The resolver of a subscription field, which delivers the items of what is described. */
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
