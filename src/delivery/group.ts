import type { ExecutionResult } from 'graphql'
import type { Bus } from '../bus/bus.ts'
import { type Change, type LogFeed, withCursors } from '../feed/follow.ts'
import {
  createMember,
  type Member,
  moveTo,
  push,
  readFor,
  type Subscriber,
  sendPage,
  takeUp,
  waitForSocket,
} from './member.ts'
import { createRender } from './render.ts'

/** Everybody who asks one question of one log with the same rights: each event is executed, written and framed once. */
export interface Group {
  /** Takes somebody in; returns how to leave, which can be called again. */
  join(feed: LogFeed<unknown>, subscriber: Subscriber): () => void
}

export interface GroupOptions {
  readonly bus: Bus
  /** The feed of the first subscriber: what they all have in common is taken from it. */
  readonly feed: LogFeed<unknown>
  /** Executes the question for one item. Never rejects. */
  readonly execute: (item: unknown) => Promise<ExecutionResult>
  readonly onEmpty: () => void
}

const isWaitingFor =
  ({ revision }: Change<unknown>) =>
  ({ isBehind, position }: Member): boolean =>
    !isBehind && position < revision

/** Opens a group; it listens until its last member has left. */
export const openGroup = ({ bus, feed, execute, onEmpty }: GroupOptions): Group => {
  const { view } = feed
  const members = new Set<Member>()
  /** The newest revision that the bus has told of. */
  let told = 0
  /** How often the bus may have missed something. */
  let gaps = 0
  let dispatching: Promise<void> = Promise.resolve()

  const render = createRender(execute)

  /** Reads the store for one member until nothing is missing, at the pace of its socket. */
  const catchUp = async (member: Member): Promise<void> => {
    member.isBehind = true
    await Promise.all([subscription.live, takeUp(member)])
    for (let isMissing = true; isMissing && !member.hasLeft; ) {
      await waitForSocket(member)
      const gapsBefore = gaps
      const page = await readFor(member)
      await sendPage(member, page, render)
      isMissing = page.hasMore || told > member.position || gaps > gapsBefore
    }
    member.isBehind = false
  }

  const fallBehind = (member: Member): void => {
    if (member.isBehind) return
    catchUp(member).catch((error: unknown) => {
      if (!member.hasLeft) member.fail(error)
    })
  }

  const dispatch = async (change: Change<unknown>): Promise<void> => {
    const isWaiting = isWaitingFor(change)
    if (!members.values().some(isWaiting)) return
    const messages = await render(withCursors(change.entries, view.epoch, change.previous))
    for (const member of members) {
      if (!isWaiting(member)) continue
      if (member.position < change.previous || member.outbox.isSlow()) fallBehind(member)
      else {
        for (const message of messages) push(member, message)
        moveTo(member, change.revision, messages.length > 0 ? 'wrote' : 'passed')
      }
    }
  }

  const subscription = bus.subscribe(view.topic, {
    event: (event) => {
      const change = view.take(event)
      told = Math.max(told, change.revision)
      // One after the other: a later event could be executed faster.
      dispatching = dispatching
        .then(() => dispatch(change))
        .catch((error: unknown) => {
          for (const { fail } of members) fail(error)
        })
    },
    gap: () => {
      gaps += 1
      for (const member of members) fallBehind(member)
    },
    position: () =>
      Math.min(...members.values().map(({ isBehind, position }) => (isBehind ? Number.POSITIVE_INFINITY : position))),
  })

  const leave = (member: Member): void => {
    if (member.hasLeft) return
    member.hasLeft = true
    members.delete(member)
    member.close()
    member.bookmark?.end()
    if (members.size > 0) return
    subscription.end()
    onEmpty()
  }

  return {
    join: (own, subscriber) => {
      const member = createMember(own, subscriber)
      members.add(member)
      member.close = own.view.during?.(subscriber.fail) ?? (() => {})
      fallBehind(member)
      return () => leave(member)
    },
  }
}
