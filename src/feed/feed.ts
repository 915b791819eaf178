/** What a feed hands over: an item, and in a log the cursor after it. */
export interface Delivery<Item> {
  readonly item: Item
  readonly cursor?: string
}

/**
 * The promise of a subscription.
 * `log`: everything after the cursor, in order. `state`: the current value first, then the latest. `signal`: best effort.
 */
export type FeedKind = 'log' | 'state' | 'signal'

/**
 * What a subscription delivers. Each iteration is independent, starts when it is begun, and ends at once when `return()`
 * is called, even while a `next()` waits. It throws what ends it: FORBIDDEN when access is lost, CURSOR_EXPIRED when a log
 * cannot be continued.
 */
export interface Feed<Item> extends AsyncIterable<Delivery<Item>> {
  readonly kind: FeedKind
  /** What is followed, such as the name of a lane. */
  readonly source: string
  /**
   * Everything about the viewer that can change what an item says. Whoever asks the same with the same scope shares the result of
   * an item; of a log also the items, when the source is the same.
   */
  readonly scope: string
  [Symbol.asyncIterator](): FeedIterator<Item>
}

/** One iteration of a feed. */
export interface FeedIterator<Item> extends AsyncIterator<Delivery<Item>, undefined> {
  /** Resolves when it hears what happens from then on; left out when it does from the start. */
  readonly live?: Promise<unknown>
}

/** Ends an iteration with an error. */
export type Fail = (error: unknown) => void

/** What a feature says about any feed. */
export interface View {
  readonly source: string
  readonly scope: string
  /**
   * Runs when an iteration begins; what it returns runs once when the iteration ends, for whatever reason: joining and
   * leaving. It may keep `fail` to end the iteration later, from outside.
   */
  readonly during?: ((fail: Fail) => () => void) | undefined
}
