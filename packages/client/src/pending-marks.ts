import type { PendingMark } from './inbox-reducer.ts'

interface Pending extends PendingMark {
  /** The revision of the inbox with the mark; null until Herald has answered. */
  settlesAt: number | null
}

/** How long a mark stays pending behind the event that confirms it, in milliseconds: others of the same moment may follow. */
const SETTLE_MS = 100
/** How long a confirmed mark waits for its event, in milliseconds. What changed nothing has none. */
const NO_EVENT_MS = 5_000

/** Marks that were made here and that Herald's events do not have yet. What Herald said is never changed by them, so taking one off is enough. */
export class PendingMarks {
  #all: readonly Pending[] = []
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** In the order in which they were made. */
  get all(): readonly PendingMark[] {
    return this.#all
  }

  /**
   * Adds a mark. What it returns takes the revision of the inbox with the mark, or null when Herald has refused it; `known` is the revision that
   * is known by then.
   */
  add(mark: PendingMark): (settlesAt: number | null, known: number | null) => void {
    const pending: Pending = { ...mark, settlesAt: null }
    this.#all = [...this.#all, pending]
    this.#onChange()
    return (settlesAt, known) => {
      if (settlesAt === null) return this.#drop(pending)
      pending.settlesAt = settlesAt
      setTimeout(() => this.#drop(pending), NO_EVENT_MS)
      this.settle(known)
    }
  }

  /** Takes those off, a moment later, that are part of what Herald has said up to a revision. */
  settle(known: number | null): void {
    for (const one of this.#all) {
      if (one.settlesAt !== null && one.settlesAt <= (known ?? 0)) setTimeout(() => this.#drop(one), SETTLE_MS)
    }
  }

  #drop(pending: Pending): void {
    if (!this.#all.includes(pending)) return
    this.#all = this.#all.filter((one) => one !== pending)
    this.#onChange()
  }
}
