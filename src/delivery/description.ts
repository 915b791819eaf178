import { z } from 'zod'
import type { Topic } from '../bus/bus.ts'
import { revision, terms } from '../bus/event-schema.ts'

/**
 * Everything about the viewer that can change what a subscription says. Who asks the same with the same scope shares its results: the
 * messages of a ticket are `{ audience: 'staff' }`, an inbox is `{ user: 'alice' }`, and what says the same to all is `'everyone'`.
 */
export type Scope = 'everyone' | { readonly user: string } | { readonly audience: string }

/** A text that two scopes share only when they are the same. */
export function scopeKey(scope: Scope): string {
  if (scope === 'everyone') return scope
  return 'user' in scope ? `user:${scope.user}` : `audience:${scope.audience}`
}

/** Ends a subscription with an error. */
export type Fail = (error: unknown) => void

/** What is said of any subscription. */
interface Described {
  /** What it is about, such as the name of a stream: the work for one source takes turns with that for others. */
  readonly source: string
  readonly scope: Scope
  /**
   * Runs when the subscription begins; what it returns runs once when it ends, for whatever reason: joining and leaving. It may keep
   * `fail` to end the subscription later, from outside.
   */
  during?(fail: Fail): () => void
}

/** A change of a stream as somebody sees it. Several can carry one revision; a cursor stands only behind the last of them. */
export interface Entry<Item> {
  readonly revision: number
  readonly item: Item
}

/** What the store holds after a revision. */
export interface Page<Item> {
  /** In order; never breaks off within a revision. */
  readonly entries: readonly Entry<Item>[]
  /** Everything up to here is in the page, or does not concern this subscription. */
  readonly revision: number
  readonly hasMore: boolean
  /** The term that was the last to write to the stream. */
  readonly term: string
}

/** What an event of the bus says of a stream. */
export interface Change<Item> {
  /**
   * The revision before the change: a subscriber who is not there has missed something, or is told of it later, since commits may be told in
   * another order than they were made in. It reads the store, and what is told then of a revision that it has passed says nothing new.
   */
  readonly previous: number
  readonly revision: number
  readonly entries: readonly Entry<Item>[]
  /** The last terms of the stream, which tell a subscriber whether it goes on from where that is. */
  readonly terms?: string | undefined
}

/** A `Change` of such items that comes from another node. */
export function changeSchema<Item>(item: z.ZodType<Item>): z.ZodType<Change<Item>> {
  return z.object({
    previous: revision,
    revision,
    entries: z.array(z.object({ revision, item })),
    terms: terms.optional(),
  })
}

/** A subscription to a log: every change of a stream after a revision, in order. */
export interface LogDescription<Event, Item> extends Described {
  readonly kind: 'log'
  /** The revision after which it begins, unless it is known that its client got further. */
  readonly from: number
  /** The revision of the stream when this was described. */
  readonly head: number
  readonly epoch: string
  /** Which term wrote what, when this was described; see `stream-terms.ts`. */
  readonly terms: string
  readonly topic: Topic<Event>
  /**
   * The changes after a revision, in pages, for somebody who last knew this term. Throws CURSOR_EXPIRED when they are no longer
   * all there, or the stream does not go on from there.
   */
  read(after: number, term: string): Promise<Page<Item>>
  /**
   * What to tell a subscriber that may have missed something: an item that says so, or the newest one again, which is harmless; nothing
   * when there is none. It stands at the revision that the stream has now, where the subscriber goes on. Throws CURSOR_EXPIRED when the
   * stream is another one.
   */
  readReset(): Promise<Page<Item>>
  take(event: Event): Change<Item>
  /** The log as it is now, from now on: for subscribers to one that is gone, because the database has gone back in time. */
  reopen?(): Promise<LogDescription<Event, Item>>
}

/** The newest value of a key, or how to get it when there is room for it; `undefined` then means: nothing to say. */
export interface Update<Item> {
  readonly key: string
  readonly value: Item | (() => Promise<Item | undefined>)
  /** Of a state that is derived from a stream: the epoch of that. Who follows another one is told nothing until it is loaded. */
  readonly epoch?: string
}

/** A subscription to a state: first the present values, then the latest of each key. Its functions may remember what they told. */
export interface StateDescription<Event, Item extends object> extends Described {
  readonly kind: 'state'
  readonly topics: readonly Topic<Event>[]
  /** The present values: at the start, and again whenever events may have been missed. */
  load(): Promise<readonly Update<Item>[]>
  take(event: Event): readonly Update<Item>[]
  /** Whether `item` is newer than `than`, of the same key; when left out, whatever comes later is newer. */
  isNewer?(item: Item, than: Item): boolean
  /** Of a state that is derived from a stream: the revision behind an item. */
  revisionOf?(item: Item): number
}

/** A subscription to a signal: best effort, never stored. Its functions may remember what they told. */
export interface SignalDescription<Event, Item> extends Described {
  readonly kind: 'signal'
  readonly topics: readonly Topic<Event>[]
  /** What the event says to this viewer; undefined when nothing. */
  take(event: Event): Item | undefined
}

/** A subscription as a feature describes it. Nothing has begun for it. */
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
  /** The client said where its log begins the first time. */
  readonly isExplicit: boolean
  /** Why it cannot begin there: only one that is known can be continued. */
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
