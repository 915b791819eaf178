import { z } from 'zod'
import type { Topic } from '../bus/bus.ts'
import { revision, terms } from '../bus/event-schema.ts'
import type { Confirmed } from '../resume/clients.ts'

/**
 * Everything about the viewer that can change the results of a subscription. Subscriptions with the same operation key and scope share
 * their results. Examples: the messages of a ticket have `{ audience: 'staff' }`, an inbox has `{ user: 'alice' }`. `'everyone'` is for
 * results that are the same for all.
 */
export type Scope = 'everyone' | { readonly user: string } | { readonly audience: string }

/** A scope as text. Two scopes have the same text only when they are the same. */
export function scopeKey(scope: Scope): string {
  if (scope === 'everyone') return scope
  return 'user' in scope ? `user:${scope.user}` : `audience:${scope.audience}`
}

/** Ends a subscription with an error. */
export type Fail = (error: unknown) => void

/** The part of a description that all kinds of subscription have. */
interface Described {
  /** What the subscription follows, such as the name of a stream. Work for one source takes turns with work for others. */
  readonly source: string
  readonly scope: Scope
  /**
   * Called when the subscription begins. The function that it returns is called once when the subscription ends, for whatever reason. It
   * may keep `fail`, to end the subscription with an error later.
   */
  during?(fail: Fail): () => void
}

/**
 * A change of a stream as a viewer sees it. Several entries can have one revision; only the last of them has a cursor after that revision.
 */
export interface Entry<Item> {
  readonly revision: number
  readonly item: Item
}

/** Changes of a stream after a revision, as they are read from the store. */
export interface Page<Item> {
  /** The entries in order. All entries of one revision are in one page. */
  readonly entries: readonly Entry<Item>[]
  /** The revision up to which every change is in the page, or does not concern this subscription. */
  readonly revision: number
  readonly hasMore: boolean
  /** The term that wrote to the stream last. */
  readonly term: string
}

/** A change of a stream, as an event of the bus brings it. */
export interface Change<Item> {
  /**
   * The revision before the change. A subscriber at a lower revision misses an event: it was lost, or comes later, since events may be
   * published in another order than their commits. The subscriber reads the store. An event for a revision that it has then is ignored.
   */
  readonly previous: number
  readonly revision: number
  readonly entries: readonly Entry<Item>[]
  /** The last terms of the stream, as text. They show whether the stream goes on from a subscriber's revision and term. */
  readonly terms?: string | undefined
}

/** The schema of a `Change` that comes from another node. `item` is the schema of its items. */
export function changeSchema<Item>(item: z.ZodType<Item>): z.ZodType<Change<Item>> {
  return z.object({
    previous: revision,
    revision,
    entries: z.array(z.object({ revision, item })),
    terms: terms.optional(),
  })
}

/** What a client has acknowledged of a log. */
export type { Confirmed }

/** A subscription to a log: every change of a stream after a revision, in order. */
export interface LogDescription<Event, Item> extends Described {
  readonly kind: 'log'
  /** The revision after which the subscription begins, unless it has a checkpoint. */
  readonly from: number
  /** The revision of the stream when this description was made. */
  readonly head: number
  readonly epoch: string
  /** The terms of the stream when this description was made, as text (see `stream-terms.ts`). */
  readonly terms: string
  readonly topic: Topic<Event>
  /**
   * Reads the next page of changes after a revision, for a subscriber whose last known term is `term`. Rejects with CURSOR_EXPIRED when
   * some of them were deleted for good, or the stream does not go on from there.
   */
  read(after: number, term: string): Promise<Page<Item>>
  /**
   * Reads the page for a subscriber that may have missed something: an item that says so, or the newest item again, or nothing when there
   * is none. Its revision is the present one of the stream, from which the subscriber goes on. Rejects with CURSOR_EXPIRED when the stream
   * has another epoch.
   */
  readReset(): Promise<Page<Item>>
  /**
   * Called when the client of this subscriber has said that it has got results: at most about once a second. It must be quick, and not throw.
   * Left out: nobody wants to know. Never called over HTTP, where clients say nothing of what they got.
   */
  acknowledged?(confirmed: Confirmed): void
  /** The change in an event of the topic, as this subscription's scope sees it. */
  take(event: Event): Change<Item>
  /** Describes the log again as it is now. For subscribers of a log that is gone, because the database has gone back in time. */
  reopen?(): Promise<LogDescription<Event, Item>>
}

/** The newest value of a key of a state. */
export interface Update<Item> {
  readonly key: string
  /** The value, or a function that reads it when there is room to send it. When that resolves to undefined, nothing is sent. */
  readonly value: Item | (() => Promise<Item | undefined>)
  /** For a state that is derived from a stream: its epoch. When it differs from the last one, the present values are loaded again first. */
  readonly epoch?: string
}

/**
 * A subscription to a state: first the present values, then the latest value of each key. Each subscription has a description of its own,
 * so its functions may remember what they returned before.
 */
export interface StateDescription<Event, Item extends object> extends Described {
  readonly kind: 'state'
  readonly topics: readonly Topic<Event>[]
  /** Reads the present values: at the start, and again whenever events may have been missed. */
  load(): Promise<readonly Update<Item>[]>
  /** The updates in an event of one of the topics. */
  take(event: Event): readonly Update<Item>[]
  /** Whether `item` is newer than `than`, of the same key. Left out: a later item is always newer. */
  isNewer?(item: Item, than: Item): boolean
  /** For a state that is derived from a stream: the revision of the stream that an item shows. */
  revisionOf?(item: Item): number
}

/**
 * A subscription to a signal, which is best effort and never stored. Each subscription has a description of its own, so `take` may keep
 * state.
 */
export interface SignalDescription<Event, Item> extends Described {
  readonly kind: 'signal'
  readonly topics: readonly Topic<Event>[]
  /** The item for this viewer in an event of one of the topics. Undefined when the event does not concern the viewer. */
  take(event: Event): Item | undefined
}

/** A subscription as a feature describes it, before anything has begun for it. */
export type Description<Item = unknown> =
  // biome-ignore-start lint/suspicious/noExplicitAny: only what describes a subscription knows its events
  LogDescription<any, Item> | StateDescription<any, Item & object> | SignalDescription<any, Item>
// biome-ignore-end lint/suspicious/noExplicitAny: only what describes a subscription knows its events

// biome-ignore lint/suspicious/noExplicitAny: only what describes a subscription knows its events
export type AnyLog = LogDescription<any, unknown>

/**
 * What the resolver of a subscription field returns. graphql-js lets nothing pass but async iterables, so it looks like one; only the
 * engine reads it.
 */
export class Source<Is extends Description = Description> implements AsyncIterable<never> {
  readonly description: Is
  /** Whether the client gave a cursor in the argument `after`. */
  readonly isExplicit: boolean
  /** The error of that cursor when it was refused. Then the subscription can only begin from its checkpoint. */
  readonly refusal: unknown

  constructor(description: Is, isExplicit = false, refusal?: unknown) {
    this.description = description
    this.isExplicit = isExplicit
    this.refusal = refusal
  }

  [Symbol.asyncIterator](): never {
    throw new Error('A subscription is delivered by the engine.')
  }
}
