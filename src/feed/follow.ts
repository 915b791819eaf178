import type { Bus, Topic } from '../bus/bus.ts'
import { createTurnLimiter } from '../lib/limiter.ts'
import { goesOnWith, lastTerm } from '../storage/lane-terms.ts'
import { resumeCursor } from './cursor.ts'
import type { Delivery, Feed, View } from './feed.ts'
import { readPatiently } from './patience.ts'
import { createPull } from './pull.ts'

/** A fact of a lane. Several facts can carry one revision; a cursor stands only behind the last of them. */
export interface Entry<Item> {
  readonly revision: number
  readonly item: Item
}

/** What the store holds after a revision. */
export interface Page<Item> {
  /** In order; never breaks off within a revision. */
  readonly entries: readonly Entry<Item>[]
  /** Everything up to here is in the page, or does not concern this view. */
  readonly revision: number
  readonly hasMore: boolean
  /** The term that was the last to write to the lane. */
  readonly term: string
}

/** What a bus event says of a lane. */
export interface Change<Item> {
  /**
   * The revision before the change: a follower who is not there has missed something, or is told of it later, since commits may be told in
   * another order than they were made in. It reads the store, and what is told then of a revision that it has passed says nothing new.
   */
  readonly previous: number
  readonly revision: number
  readonly entries: readonly Entry<Item>[]
  /** The last terms of the lane, which tell a follower whether it goes on from where that is. */
  readonly terms?: string | undefined
}

/** All that a feature says about a log in order to have it followed. */
export interface LogView<Event, Item> extends View {
  readonly epoch: string
  /** Which term wrote what, when the view was made; see `lane-terms.ts`. */
  readonly terms: string
  readonly topic: Topic<Event>
  /**
   * The facts after a revision, in pages, for somebody who last heard of this term. Throws CURSOR_EXPIRED when they are no longer
   * all there, or the lane does not go on from there.
   */
  readonly read: (after: number, term: string) => Promise<Page<Item>>
  /**
   * What to tell a follower that may have missed something: an item that says so, or the newest one again, which is harmless; nothing
   * when there is none. It stands at the revision that the lane has now, where the follower goes on. Throws CURSOR_EXPIRED when the lane
   * is another one.
   */
  readonly readReset: () => Promise<Page<Item>>
  readonly take: (event: Event) => Change<Item>
  /** The log as it is now, from now on: for followers of one that is gone, because the database has gone back in time. */
  readonly reopen?: (() => Promise<LogFeed<Item>>) | undefined
}

/** Where a log begins. */
export interface LogStart {
  /** The revision after which it begins, unless it is known that its client got further. */
  readonly from: number
  /** The revision of the lane when it was begun. */
  readonly head: number
}

/** A log as it can be shared: those who follow the same view with the same scope, from wherever each stands, get the same. */
export interface LogFeed<Item> extends Feed<Item>, LogStart {
  readonly kind: 'log'
  // biome-ignore lint/suspicious/noExplicitAny: only the view itself knows its events
  readonly view: LogView<any, Item>
  /** The client said where it begins the first time. */
  readonly isExplicit?: boolean
  /** Why it cannot begin where the client said: only one that is known can be continued. */
  readonly refusal?: unknown
}

/** Whether a feed is a log that `follow` made. */
export const isLogFeed = <Item>(feed: Feed<Item>): feed is LogFeed<Item> => 'view' in feed

/** Pages that are read between two looks at everything else: those of an embedded database need not wait for anything. */
export const PAGES_PER_LOOP = 4
const takeTurn = createTurnLimiter(PAGES_PER_LOOP)

/** Facts that wait for a slow reader on this node; with more, they are dropped and read from the store again. */
const MAX_QUEUE = 256

/** A delivery that waits. */
export interface Queued<Item> extends Delivery<Item> {
  /** Where the lane stands once this is delivered. */
  readonly position: number
}

/** Puts the cursor behind each entry of a lane that stood at `before`. */
export const withCursors = <Item>(
  entries: readonly Entry<Item>[],
  { epoch, term, before }: { readonly epoch: string; readonly term: string; readonly before: number },
): Queued<Item>[] => {
  let position = before
  return entries.map(({ revision, item }, index) => {
    if (entries[index + 1]?.revision !== revision) position = revision
    return { item, cursor: resumeCursor(epoch, position, term), position }
  })
}

/**
 * Follows a lane from a revision: hears the bus, reads the store, hands over what came meanwhile, stays live. A jump in the
 * revisions, a gap of the bus and an overflow are all healed the same way: the store is read again. Delivers every fact
 * after `start.from` once and in order.
 */
export const follow = <Event, Item>(bus: Bus, view: LogView<Event, Item>, start: LogStart): LogFeed<Item> => ({
  kind: 'log',
  view,
  ...start,
  source: view.source,
  scope: view.scope,
  [Symbol.asyncIterator]: () => iterate(bus, view, start.from),
})

const iterate = <Event, Item>(bus: Bus, view: LogView<Event, Item>, from: number) => {
  const { epoch } = view
  let term = lastTerm(view.terms)
  let delivered = from
  let head = from
  let isStale = true
  let queue: Queued<Item>[] = []
  let arrived: Change<Item>[] | undefined
  let isOver = false

  const fallBehind = (): void => {
    // With nothing waiting, all up to the head was delivered or does not concern this view, and need not be there still.
    if (queue.length === 0) delivered = head
    queue = []
    head = delivered
    isStale = true
  }

  const accept = (change: Change<Item>): void => {
    if (isStale || change.revision <= head) return
    const goesOn = change.previous <= head && goesOnWith(change.terms, { term, revision: head })
    if (!goesOn || queue.length + change.entries.length > MAX_QUEUE) fallBehind()
    else {
      if (change.terms !== undefined) term = lastTerm(change.terms)
      queue.push(...withCursors(change.entries, { epoch, term, before: head }))
      head = change.revision
    }
  }

  const catchUp = async (): Promise<void> => {
    await subscription.live
    await takeTurn()
    arrived = []
    const page = await readPatiently(
      () => view.read(head, term),
      () => isOver,
    )
    term = page.term
    queue = withCursors(page.entries, { epoch, term, before: head })
    head = page.revision
    const meanwhile: readonly Change<Item>[] | undefined = arrived
    arrived = undefined
    isStale = page.hasMore || meanwhile === undefined
    for (const change of meanwhile ?? []) accept(change)
  }

  const pull = createPull<Delivery<Item>>({
    poll: async () => {
      while (queue.length === 0 && isStale) await catchUp()
      const next = queue.shift()
      if (!next) return undefined
      delivered = next.position
      return { item: next.item, cursor: next.cursor ?? '' }
    },
    stop: () => {
      isOver = true
      subscription.end()
    },
    view,
  })

  const subscription = bus.subscribe(view.topic, {
    event: (event) => {
      const change = view.take(event)
      if (arrived && arrived.push(change) > MAX_QUEUE) arrived = undefined
      else if (!arrived) accept(change)
      pull.ring()
    },
    gap: () => {
      if (arrived) arrived = undefined
      fallBehind()
      pull.ring()
    },
    position: () => (isStale || arrived ? Number.POSITIVE_INFINITY : head),
    places: () => (isStale || arrived ? [] : [{ epoch, term, revision: head }]),
  })

  return pull.iterator
}
