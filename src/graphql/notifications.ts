import { requireViewer } from './context.ts'
import type {
  MutationResolvers,
  QueryResolvers,
  SubscriptionNotificationAddedArgs,
  SubscriptionNotificationEventsArgs,
  SubscriptionResolvers,
} from './generated.ts'
import { subscription } from './subscription.ts'

/** What users are told. */
export const notificationResolvers = {
  Query: {
    notifications: (_root, input, context) => context.notifications.list(requireViewer(context), input),
    unreadCount: (_root, _args, context) => context.notifications.unreadCount(requireViewer(context)),
  } satisfies QueryResolvers,
  Subscription: {
    notificationAdded: subscription(
      ({ notifications }, viewer, { after }: Partial<SubscriptionNotificationAddedArgs>) =>
        notifications.followAdded(viewer, after),
    ),
    notificationEvents: subscription(
      ({ notifications }, viewer, { after }: Partial<SubscriptionNotificationEventsArgs>) =>
        notifications.followEvents(viewer, after),
    ),
    unreadCount: subscription(({ notifications }, viewer) => notifications.followUnread(viewer)),
  } satisfies SubscriptionResolvers,
  Mutation: {
    markAsRead: (_root, { ids }, context) => context.notifications.mark(requireViewer(context), 'READ', ids),
    markAsUnread: (_root, { ids }, context) => context.notifications.mark(requireViewer(context), 'UNREAD', ids),
    markAsSeen: (_root, { ids }, context) => context.notifications.mark(requireViewer(context), 'SEEN', ids),
    archiveNotifications: (_root, { ids }, context) =>
      context.notifications.mark(requireViewer(context), 'ARCHIVED', ids),
    unarchiveNotifications: (_root, { ids }, context) =>
      context.notifications.mark(requireViewer(context), 'UNARCHIVED', ids),
    markAllAsRead: (_root, input, context) => context.notifications.markAllAsRead(requireViewer(context), input),
    notify: (_root, { input }, { notifications, commandKey }) => notifications.notify(input, commandKey),
    announce: (_root, { input }, { notifications, commandKey }) => notifications.announce(input, commandKey),
    retractNotifications: (_root, { ids }, { notifications }) => notifications.retract(ids),
  } satisfies MutationResolvers,
}
