import type { SignalDescription } from './description.ts'

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
