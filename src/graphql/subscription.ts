import type { Viewer } from '../auth/viewer.ts'
import type { Feed } from '../feed/feed.ts'
import { type Context, requireViewer } from './context.ts'

/** The resolver of a subscription field that delivers the items of a feed. */
export const subscription = <Args, Item>(
  follow: (context: Context, viewer: Viewer, args: Args) => Promise<Feed<Item>>,
) => ({
  subscribe: (_root: unknown, args: Args, context: Context): Promise<Feed<Item>> =>
    follow(context, requireViewer(context), args),
  resolve: (item: Item): Item => item,
})
