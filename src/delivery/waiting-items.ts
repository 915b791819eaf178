import { readWithRetry } from '../lib/retry.ts'
import type { SignalDescription, StateDescription, Update } from './description.ts'

/** The subscriber of a state. */
interface Reader {
  /** Whether the subscription has ended. */
  readonly isOver: boolean
  /** Resolves when every event from then on is received. */
  readonly live: Promise<unknown>
}

function takeAll<Item>(pending: Map<string, Update<Item>>): readonly Update<Item>[] {
  const all = [...pending.values()]
  pending.clear()
  return all
}

/**
 * The values of a state that wait for one subscriber: the present ones first, then the newest of each key. Older ones of a key are skipped.
 */
export class LatestValues<Event, Item extends object> {
  readonly #description: StateDescription<Event, Item>
  readonly #reader: Reader
  readonly #pending = new Map<string, Update<Item>>()
  readonly #shown = new Map<string, Item>()
  #needsLoad = true
  /** The newest revision of the items so far, of a state that is derived from a stream. */
  #head = 0
  #epoch: string | undefined

  constructor(description: StateDescription<Event, Item>, reader: Reader) {
    this.#description = description
    this.#reader = reader
  }

  /** The revision up to which everything is known. Infinity while the store is going to be read. */
  get revision(): number {
    return this.#needsLoad ? Number.POSITIVE_INFINITY : this.#head
  }

  /** Takes an event of one of the topics. */
  receive(event: Event): void {
    for (const update of this.#description.take(event)) {
      if (this.#epoch !== undefined && update.epoch !== this.#epoch) this.#needsLoad = true
      else this.#put(update)
    }
  }

  /** Call it when events may have been missed: the present values are read again. */
  receiveGap(): void {
    this.#needsLoad = true
  }

  /** Removes and returns the next item to send; undefined when none waits. A promise when the store has to be read for it. */
  next(): Item | undefined | Promise<Item | undefined> {
    if (this.#needsLoad) return this.#load().then(() => this.next())
    for (const [key, { value }] of this.#pending) {
      this.#pending.delete(key)
      if (typeof value === 'function') return value().then((item) => this.#show(key, item) ?? this.next())
      const item = this.#show(key, value)
      if (item) return item
    }
    return undefined
  }

  /** Returns the item to send, and remembers it. Undefined when it is not newer than the last one of its key. */
  #show(key: string, item: Item | undefined): Item | undefined {
    const { isNewer, revisionOf } = this.#description
    const last = this.#shown.get(key)
    if (item !== undefined) this.#head = Math.max(this.#head, revisionOf?.(item) ?? 0)
    if (item === undefined || (last && isNewer?.(item, last) === false)) return undefined
    if (isNewer) this.#shown.set(key, item)
    return item
  }

  #put(update: Update<Item>): void {
    const { key, value } = update
    const { isNewer, revisionOf } = this.#description
    const waiting = this.#pending.get(key)?.value
    const isOlder = typeof value !== 'function' && typeof waiting === 'object' && isNewer?.(value, waiting) === false
    if (isOlder) return
    // Deleted first, so that the key moves to the end: values come in the order of their latest change.
    this.#pending.delete(key)
    this.#pending.set(key, update)
    if (typeof value !== 'function') this.#head = Math.max(this.#head, revisionOf?.(value) ?? 0)
  }

  async #load(): Promise<void> {
    await this.#reader.live
    this.#needsLoad = false
    const before = takeAll(this.#pending)
    const current = await readWithRetry(
      () => this.#description.load(),
      () => this.#reader.isOver,
    )
    const meanwhile = takeAll(this.#pending)
    const epoch = current[0]?.epoch
    const isOfLoaded = (update: Update<Item>): boolean => update.epoch === epoch
    if (epoch !== this.#epoch) {
      // In another history, items that were sent before are older, however large their revisions.
      this.#shown.clear()
      this.#head = 0
    }
    // An event that came meanwhile may be of an older history, or of one that began after the values were read.
    if (!meanwhile.every(isOfLoaded)) this.#needsLoad = true
    this.#epoch = epoch
    for (const update of [...before.filter(isOfLoaded), ...current, ...meanwhile.filter(isOfLoaded)]) this.#put(update)
  }
}

/** The most signals that wait for one subscriber. Further ones are dropped. */
const MAX_WAITING = 64

/** The items of a signal that wait for one subscriber, in the order of their events. With 64 waiting, further ones are dropped. */
export class RecentSignals<Event, Item> {
  readonly revision = Number.POSITIVE_INFINITY
  readonly #description: SignalDescription<Event, Item>
  readonly #items: Item[] = []

  constructor(description: SignalDescription<Event, Item>) {
    this.#description = description
  }

  /** Takes an event of one of the topics. */
  receive(event: Event): void {
    const item = this.#items.length < MAX_WAITING ? this.#description.take(event) : undefined
    if (item !== undefined) this.#items.push(item)
  }

  /** Does nothing: missed signals stay missed. */
  receiveGap(): void {}

  /** Removes and returns the oldest item; undefined when none waits. */
  next(): Item | undefined {
    return this.#items.shift()
  }
}
