import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { Bus } from '../bus/bus.ts'
import type { LogFeed } from '../feed/follow.ts'
import { type Group, openGroup } from './group.ts'
import type { Subscriber } from './member.ts'
import { questionOf } from './question.ts'

/** All groups of this node. */
export interface Groups {
  /** Lets a subscriber follow a log together with all who ask the same; returns how to leave. */
  join(feed: LogFeed<unknown>, args: ExecutionArgs, subscriber: Subscriber): () => void
}

export interface GroupsOptions {
  readonly bus: Bus
  /** Executes an operation once, with a context of its own. Never rejects; its errors are fit to leave. */
  readonly execute: (args: ExecutionArgs) => Promise<ExecutionResult>
}

/**
 * Finds the group of a subscriber by everything that can change a byte of its results: the question, the lane with its
 * epoch, and the scope, which is what the feature says of the viewer that matters.
 */
export const createGroups = ({ bus, execute }: GroupsOptions): Groups => {
  const groups = new Map<string, Group>()

  const open = (key: string, feed: LogFeed<unknown>, args: ExecutionArgs): Group => {
    const group = openGroup({
      bus,
      feed,
      execute: (item) => execute({ ...args, rootValue: item }),
      onEmpty: () => groups.delete(key),
    })
    groups.set(key, group)
    return group
  }

  return {
    join: (feed, args, subscriber) => {
      const { source, scope, epoch } = feed.view
      const key = JSON.stringify([questionOf(args), source, epoch, scope])
      return (groups.get(key) ?? open(key, feed, args)).join(feed, subscriber)
    },
  }
}
