/** What delivery has done since the process began. Plain numbers, read when somebody asks: counting costs next to nothing. */
export interface DeliveryStats {
  /** Results made: each is for all who ask the same. */
  rendered: number
  /** Results handed to sockets. */
  deliveries: number
  /** How often a log was read from the store for somebody: to begin, after a gap, or because a socket was slow. */
  catchUps: number
  /** How often the bus said that events may have been missed. */
  gaps: number
  /** Subscriptions that went on where their client had left. */
  resumed: number
  /** Subscriptions that were told that they have missed something. */
  expired: number
  /** Signals that were not sent, because the socket was slow. */
  dropped: number
  /** Groups that are open now. */
  groups: number
  /** Told once for each event of a log that somebody waited for: the milliseconds from receiving it until its results were handed to the sockets. */
  onDelivered: (ms: number) => void
}

/** Begins with nothing. */
export function createDeliveryStats(): DeliveryStats {
  return {
    rendered: 0,
    deliveries: 0,
    catchUps: 0,
    gaps: 0,
    resumed: 0,
    expired: 0,
    dropped: 0,
    groups: 0,
    onDelivered: () => {},
  }
}
