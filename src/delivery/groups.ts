import type { ExecutionArgs } from 'graphql'
import type { Bus } from '../bus/bus.ts'
import { type LogFeed, PAGES_PER_LOOP } from '../feed/follow.ts'
import { createTurnLimiter, type TimeLimiter } from '../lib/limiter.ts'
import type { ReadHead } from '../storage/lane-heads.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import type { Execute } from './execute.ts'
import { Follower, type FollowerMeans, type Following } from './follower.ts'
import { expireGroup, type Group, type GroupMeans, openGroup } from './group.ts'
import { questionOf, type SubscriptionArgs } from './question.ts'
import type { Joined, Seat } from './results.ts'

/** All groups of this node. */
export interface Groups {
  /** Lets a subscriber follow a log together with all who ask the same. */
  join(feed: LogFeed<unknown>, seat: Seat, following: Following): Joined
  /** The history of a log changed: tells its followers on this node that they may have missed something, and lets them go on now. */
  expire(source: string): void
}

export interface GroupsOptions {
  readonly bus: Bus
  readonly executeFor: (args: ExecutionArgs) => Execute
  readonly readHead: ReadHead
  readonly turns: TimeLimiter
  readonly lastResult: FollowerMeans['lastResult']
  readonly stats: DeliveryStats
}

/**
 * Finds the group of a subscriber by everything that can change a byte of its results: the question, the lane with its
 * epoch, and the scope, which is what the feature says of the viewer that matters.
 */
export const createGroups = ({ bus, executeFor, readHead, turns, lastResult, stats }: GroupsOptions): Groups => {
  const groups = new Map<string, Group>()
  const onEmpty = ({ key }: Group): void => {
    groups.delete(key)
    stats.groups = groups.size
  }
  const means: GroupMeans = { bus, readHead, turns, takePageTurn: createTurnLimiter(PAGES_PER_LOOP), stats, onEmpty }

  const open = (key: string, { view }: LogFeed<unknown>, args: SubscriptionArgs): Group => {
    const group = openGroup(key, view, executeFor(args), means)
    groups.set(key, group)
    stats.groups = groups.size
    return group
  }

  const groupOf: FollowerMeans['groupOf'] = (feed, args) => {
    const { source, scope, epoch } = feed.view
    const key = JSON.stringify([questionOf(args), source, epoch, scope])
    return groups.get(key) ?? open(key, feed, args)
  }
  const followerMeans: FollowerMeans = { groupOf, lastResult }

  return {
    join: (feed, seat, following) => new Follower(followerMeans, feed, seat, following),
    expire: (source) => {
      for (const group of groups.values()) if (group.view.source === source) expireGroup(group)
    },
  }
}
