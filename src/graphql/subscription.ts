import type { Viewer } from '../auth/viewer.ts'
import { itself } from '../delivery/execute.ts'
import type { Feed } from '../feed/feed.ts'
import { isLogFeed, type LogFeed } from '../feed/follow.ts'
import { type Context, requireViewer } from './context.ts'

/** Whether the client itself says where a log begins; null says as little as nothing. */
const saysWhere = (args: unknown): boolean =>
  typeof args === 'object' && args !== null && 'after' in args && args.after != null

const explicit = <Item>(feed: LogFeed<Item>): LogFeed<Item> => ({ ...feed, isExplicit: true })

/** The resolver of a subscription field that delivers the items of a feed. */
export const subscription = <Args, Item>(
  follow: (context: Context, viewer: Viewer, args: Args) => Promise<Feed<Item>>,
) => ({
  subscribe: async (_root: unknown, args: Args, context: Context): Promise<Feed<Item>> => {
    const feed = await follow(context, requireViewer(context), args)
    return isLogFeed(feed) && saysWhere(args) ? explicit(feed) : feed
  },
  resolve: itself<Item>,
})
