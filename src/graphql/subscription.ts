import type { GraphQLResolveInfo } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import { itself } from '../delivery/execute.ts'
import { isCursorExpired } from '../feed/cursor.ts'
import type { Feed } from '../feed/feed.ts'
import { isLogFeed, type LogFeed } from '../feed/follow.ts'
import { type Context, requireViewer } from './context.ts'

/** Whether the client itself says where a log begins; null says as little as nothing. */
const saysWhere = (args: unknown): boolean =>
  typeof args === 'object' && args !== null && 'after' in args && args.after != null

const explicit = <Item>(feed: LogFeed<Item>, refusal?: unknown): LogFeed<Item> => ({
  ...feed,
  isExplicit: true,
  refusal,
})

/** A log from where the client says. When that is no longer possible, it can still be one that is known, and got further. */
const followFrom = async <Args, Item>(follow: (args: Args) => Promise<Feed<Item>>, args: Args): Promise<Feed<Item>> => {
  try {
    const feed = await follow(args)
    return isLogFeed(feed) ? explicit(feed) : feed
  } catch (refusal) {
    if (!isCursorExpired(refusal)) throw refusal
    const feed = await follow({ ...args, after: null })
    if (!isLogFeed(feed)) throw refusal
    return explicit(feed, refusal)
  }
}

/** The resolver of a subscription field that delivers the items of a feed. */
export const subscription = <Args, Item>(
  follow: (context: Context, viewer: Viewer, args: Args, info: GraphQLResolveInfo) => Promise<Feed<Item>>,
) => ({
  subscribe: (_root: unknown, args: Args, context: Context, info: GraphQLResolveInfo): Promise<Feed<Item>> => {
    const viewer = requireViewer(context)
    return saysWhere(args)
      ? followFrom((own) => follow(context, viewer, own, info), args)
      : follow(context, viewer, args, info)
  },
  resolve: itself<Item>,
})
