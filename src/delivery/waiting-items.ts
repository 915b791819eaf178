import { readWithRetry } from '../lib/retry.ts'
import type { SignalDescription, StateDescription, Update } from './description.ts'

/** Who is told a state. */
interface Reader {
  readonly isOver: boolean
  /** Resolves when everything that happens from then on is received. */
  readonly live: Promise<unknown>
}

function takeAll<Item>(pending: Map<string, Update<Item>>): readonly Update<Item>[] {
  const all = [...pending.values()]
  pending.clear()
  return all
}

/** What waits of a state for one subscriber: the present values first, then the newest of each key; those in between are skipped. */
export class LatestValues<Event, Item extends object> {
  readonly #description: StateDescription<Event, Item>
  readonly #reader: Reader
  readonly #pending = new Map<string, Update<Item>>()
  readonly #shown = new Map<string, Item>()
  #needsLoad = true
  /** The newest revision that was seen in an item. */
  #head = 0
  #epoch: string | undefined

  constructor(description: StateDescription<Event, Item>, reader: Reader) {
    this.#description = description
    this.#reader = reader
  }

  get revision(): number {
    return this.#needsLoad ? Number.POSITIVE_INFINITY : this.#head
  }

  receive(event: Event): void {
    for (const update of this.#description.take(event)) {
      if (this.#epoch !== undefined && update.epoch !== this.#epoch) this.#needsLoad = true
      else this.#put(update)
    }
  }

  receiveGap(): void {
    this.#needsLoad = true
  }

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

  /** The item, unless it says nothing new. */
  #show(key: string, item: Item | undefined): Item | undefined {
    const { isNewer } = this.#description
    const last = this.#shown.get(key)
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
      // Another history: what was shown of the last one counts no more, however large its revision.
      this.#shown.clear()
      this.#head = 0
    }
    // What was told meanwhile can be of the history before, or of one that came after the values were read.
    if (!meanwhile.every(isOfLoaded)) this.#needsLoad = true
    this.#epoch = epoch
    for (const update of [...before.filter(isOfLoaded), ...current, ...meanwhile.filter(isOfLoaded)]) this.#put(update)
  }
}

/** Signals that wait for one subscriber; further ones are dropped. */
const MAX_WAITING = 64

/** What waits of a signal for one subscriber: best effort, some of it. */
export class RecentSignals<Event, Item> {
  readonly revision = Number.POSITIVE_INFINITY
  readonly #description: SignalDescription<Event, Item>
  readonly #items: Item[] = []

  constructor(description: SignalDescription<Event, Item>) {
    this.#description = description
  }

  receive(event: Event): void {
    const item = this.#items.length < MAX_WAITING ? this.#description.take(event) : undefined
    if (item !== undefined) this.#items.push(item)
  }

  receiveGap(): void {}

  next(): Item | undefined {
    return this.#items.shift()
  }
}
