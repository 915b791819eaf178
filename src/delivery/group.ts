import type { ExecutionResult } from 'graphql'
import type { Bus } from '../bus/bus.ts'
import { isCursorExpired } from '../feed/cursor.ts'
import type { Fail } from '../feed/feed.ts'
import { type Change, type LogFeed, type Page, type Queued, withCursors } from '../feed/follow.ts'
import type { Bookmark } from './acknowledgements.ts'
import { type SharedMessage, shareMessage } from './frame.ts'
import { logResult, type Resume } from './log-result.ts'
import type { Seat } from './results.ts'

/** One subscription on one socket. */
export interface Subscriber extends Seat {
  /** Ends the subscription with what ended it. */
  readonly fail: Fail
}

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

interface Member extends Subscriber {
  readonly feed: LogFeed<unknown>
  /** What was sent to it so far. */
  position: number
  /** What its next result says, and then none any more. */
  resume: Resume
  bookmark: Bookmark | undefined
  /** It reads the store, or waits for its socket; live events pass it by. */
  isBehind: boolean
  hasLeft: boolean
  close: () => void
}

/** A result for all, which can be written for one member alone. */
interface Rendered {
  readonly shared: SharedMessage
  alone(resume: Resume): SharedMessage
}

/** Opens a group; it listens until its last member has left. */
export const openGroup = ({ bus, feed, execute, onEmpty }: GroupOptions): Group => {
  const { view } = feed
  const members = new Set<Member>()
  /** The newest revision that the bus has told of. */
  let told = 0
  /** How often the bus may have missed something. */
  let gaps = 0
  let dispatching: Promise<void> = Promise.resolve()

  const render = (deliveries: readonly Queued<unknown>[]): Promise<Rendered[]> =>
    Promise.all(
      deliveries.map(async ({ item, cursor }) => {
        const result = await execute(item)
        const alone = (resume: Resume): SharedMessage => shareMessage(JSON.stringify(logResult(result, cursor, resume)))
        return { shared: alone(null), alone }
      }),
    )

  const push = (member: Member, { shared, alone }: Rendered): void => {
    member.outbox.push(member.resume === null ? shared : alone(member.resume), member.id)
    member.resume = null
  }

  /** What a member has got moves on: `wrote` where the client still has to say that it has it. */
  const moveTo = (member: Member, position: number, how: 'wrote' | 'passed'): void => {
    if (position === member.position) return
    member.position = position
    member.bookmark?.[how](position)
  }

  /** Goes on where the client left. */
  const takeUp = async (member: Member): Promise<void> => {
    const { open } = member
    if (!open || member.bookmark) return
    const bookmark = await open({ epoch: view.epoch, revision: member.feed.from })
    if (member.hasLeft) return bookmark.end()
    member.bookmark = bookmark
    member.position = bookmark.start.revision
    if (bookmark.start.isExpired) member.resume = 'expired'
  }

  /** What a member resumes from can have been deleted meanwhile: then it begins now, and is told so. */
  const readFor = (member: Member): Promise<Page<unknown>> => {
    const { view: own, from } = member.feed
    const resumedAt = member.bookmark?.start.revision
    if (member.position !== resumedAt || resumedAt === from) return own.read(member.position)
    return own.read(resumedAt).catch((error: unknown) => {
      if (!isCursorExpired(error)) throw error
      member.position = from
      member.resume = 'expired'
      member.bookmark?.expire()
      return own.read(from)
    })
  }

  const waitForSocket = async ({ outbox }: Member): Promise<void> => {
    if (outbox.isSlow()) await new Promise<void>((resolve) => outbox.onDrain(resolve))
  }

  /** Sends what a member has missed, no faster than its socket takes it. */
  const sendPage = async (member: Member, { entries, revision }: Page<unknown>): Promise<void> => {
    const deliveries = withCursors(entries, view.epoch, member.position)
    const messages = await render(deliveries)
    for (const [index, message] of messages.entries()) {
      await waitForSocket(member)
      if (member.hasLeft) return
      push(member, message)
      moveTo(member, deliveries[index]?.position ?? member.position, 'wrote')
    }
    moveTo(member, revision, 'passed')
  }

  /** Reads the store for one member until nothing is missing, at the pace of its socket. */
  const catchUp = async (member: Member): Promise<void> => {
    member.isBehind = true
    await Promise.all([subscription.live, takeUp(member)])
    for (let isMissing = true; isMissing && !member.hasLeft; ) {
      await waitForSocket(member)
      const gapsBefore = gaps
      const page = await readFor(member)
      await sendPage(member, page)
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

  const isWaitingFor =
    ({ revision }: Change<unknown>) =>
    ({ isBehind, position }: Member): boolean =>
      !isBehind && position < revision

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
      const member = {
        ...subscriber,
        feed: own,
        position: own.from,
        resume: null,
        bookmark: undefined,
        isBehind: false,
        hasLeft: false,
        close: () => {},
      } as Member
      members.add(member)
      member.close = own.view.during?.(subscriber.fail) ?? (() => {})
      fallBehind(member)
      return () => leave(member)
    },
  }
}
