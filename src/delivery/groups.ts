import type { ExecutionArgs } from 'graphql'
import type { Bus } from '../bus/bus.ts'
import { type LogFeed, PAGES_PER_LOOP } from '../feed/follow.ts'
import { createTurns, type TimedTurns } from '../lib/turns.ts'
import type { ReadHead } from '../storage/lane-heads.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import type { Execute } from './execute.ts'
import { Follower } from './follower.ts'
import { expireGroup, type Group, type GroupMeans, joinGroup, openGroup } from './group.ts'
import type { Subscriber } from './member.ts'
import { questionOf, type SubscriptionArgs } from './question.ts'

/** All groups of this node. */
export interface Groups {
  /** Lets a subscriber follow a log together with all who ask the same; returns how to leave. */
  join(feed: LogFeed<unknown>, args: SubscriptionArgs, subscriber: Subscriber): () => void
  /** The history of a log changed: tells its followers on this node that they may have missed something, and lets them go on now. */
  expire(source: string): void
}

export interface GroupsOptions {
  readonly bus: Bus
  readonly executeFor: (args: ExecutionArgs) => Execute
  readonly readHead: ReadHead
  readonly turns: TimedTurns
  readonly stats: DeliveryStats
}

/**
 * Finds the group of a subscriber by everything that can change a byte of its results: the question, the lane with its
 * epoch, and the scope, which is what the feature says of the viewer that matters.
 */
export const createGroups = ({ bus, executeFor, readHead, turns, stats }: GroupsOptions): Groups => {
  const groups = new Map<string, Group>()
  const onEmpty = ({ key }: Group): void => {
    groups.delete(key)
    stats.groups = groups.size
  }
  const means: GroupMeans = { bus, readHead, turns, takePageTurn: createTurns(PAGES_PER_LOOP), stats, onEmpty }

  const open = (key: string, { view }: LogFeed<unknown>, args: SubscriptionArgs): Group => {
    const group = openGroup(key, view, executeFor(args), means)
    groups.set(key, group)
    stats.groups = groups.size
    return group
  }

  return {
    join: (feed, args, subscriber) => {
      const follower = new Follower(feed, subscriber, (from, one) => {
        const { source, scope, epoch } = from.view
        const key = JSON.stringify([questionOf(args), source, epoch, scope])
        return joinGroup(groups.get(key) ?? open(key, from, args), from, one)
      })
      return () => follower.leave()
    },
    expire: (source) => {
      for (const group of groups.values()) if (group.view.source === source) expireGroup(group)
    },
  }
}
