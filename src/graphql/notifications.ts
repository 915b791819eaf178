import type { GraphQLResolveInfo } from 'graphql'
import { property } from '../delivery/compile.ts'
import type { WantedPage } from '../lib/wanted.ts'
import type { WantedEvents } from '../notifications/inbox-pages.ts'
import type { MarkAllInput } from '../notifications/marks.ts'
import type { BulkMark, Mark } from '../notifications/notification.ts'
import { type Context, requireViewer } from './context.ts'
import type {
  MutationMarkAsReadArgs,
  MutationResolvers,
  NotificationResolvers,
  QueryResolvers,
  SubscriptionNotificationAddedArgs,
  SubscriptionNotificationEventsArgs,
  SubscriptionResolvers,
} from './generated.ts'
import { subscription } from './subscription.ts'
import { mentions, wantedAt, wantedOfItems, wantedPage } from './wanted-fields.ts'

function wantedOfMark(info: GraphQLResolveInfo): WantedPage {
  return { page: wantedAt(info), entries: wantedAt(info, ['notifications']), unseen: mentions(info, 'unseen') }
}

function wantedOfEvents(info: GraphQLResolveInfo): WantedEvents {
  const entries = wantedOfItems(info, ['notification'], ['notifications'])
  return { entries, marked: mentions(info, 'notifications'), unseen: mentions(info, 'unseen') }
}

function marking(mark: Mark) {
  return (_root: unknown, { ids }: MutationMarkAsReadArgs, context: Context, info: GraphQLResolveInfo) => {
    return context.notifications.mark(requireViewer(context), mark, ids, wantedOfMark(info))
  }
}

function markingAll(mark: BulkMark) {
  return (_root: unknown, input: MarkAllInput, context: Context, info: GraphQLResolveInfo) => {
    return context.notifications.markAll(requireViewer(context), mark, input, wantedOfMark(info))
  }
}

/** Resolvers for notifications: the inbox, its unread count, and what backends send. */
export const notificationResolvers = {
  Query: {
    notifications: (_root, input, context, info) =>
      context.notifications.list(requireViewer(context), input, wantedPage(info)),
    notification: async (_root, { id }, context, info) =>
      (await context.notifications.find(requireViewer(context), [id], wantedAt(info)))[0] ?? null,
    notificationsByIds: (_root, { ids }, context, info) =>
      context.notifications.find(requireViewer(context), ids, wantedAt(info)),
    unreadCount: (_root, _args, context, info) =>
      context.notifications.unreadCount(requireViewer(context), mentions(info, 'unseen')),
    notificationStatus: (_root, { id, userIds }, { notifications }) => notifications.status(id, userIds),
  } satisfies QueryResolvers,
  Notification: {
    position: property('arrivedRevision'),
  } satisfies NotificationResolvers,
  Subscription: {
    notificationAdded: subscription(
      ({ notifications }, viewer, { after }: Partial<SubscriptionNotificationAddedArgs>, info) =>
        notifications.followAdded(viewer, after, wantedOfItems(info)),
    ),
    notificationEvents: subscription(
      ({ notifications }, viewer, { after }: Partial<SubscriptionNotificationEventsArgs>, info) =>
        notifications.followEvents(viewer, after, wantedOfEvents(info)),
    ),
    unreadCount: subscription(({ notifications }, viewer, _args, info) =>
      notifications.followUnread(viewer, mentions(info, 'unseen')),
    ),
  } satisfies SubscriptionResolvers,
  Mutation: {
    markAsRead: marking('READ'),
    markAsUnread: marking('UNREAD'),
    markAsSeen: marking('SEEN'),
    archiveNotifications: marking('ARCHIVED'),
    unarchiveNotifications: marking('UNARCHIVED'),
    markAllAsRead: markingAll('READ'),
    markAllAsSeen: markingAll('SEEN'),
    archiveAllNotifications: markingAll('ARCHIVED'),
    snoozeNotifications: (_root, { ids, until }, context, info) =>
      context.notifications.snooze(requireViewer(context), ids, until, wantedOfMark(info)),
    unsnoozeNotifications: (_root, { ids }, context, info) =>
      context.notifications.unsnooze(requireViewer(context), ids, wantedOfMark(info)),
    deleteNotifications: (_root, { ids }, context, info) =>
      context.notifications.delete(requireViewer(context), ids, { unseen: mentions(info, 'unseen') }),
    notify: (_root, { input }, { notifications, commandKey }) => notifications.notify(input, commandKey),
    announce: (_root, { input }, { notifications, commandKey }) => notifications.announce(input, commandKey),
    retractNotifications: (_root, { ids }, { notifications }) => notifications.retract(ids),
    updateNotification: (_root, { id, input }, { notifications }) => notifications.update(id, input),
  } satisfies MutationResolvers,
}
