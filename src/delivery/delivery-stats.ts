/** Counts of delivery since the process began. They are plain numbers, so counting costs next to nothing; metrics read them. */
export interface DeliveryStats {
  /** Results that were made. One result counts once, however many subscribers get it. */
  rendered: number
  /** Results that were handed to sockets. */
  deliveries: number
  /** How often a subscriber of a log had to read the store: to begin, after a gap, or because its socket was slow. */
  catchUps: number
  /** How often a group was called because events may have been missed. */
  gaps: number
  /** Subscriptions that continued after their checkpoint. */
  resumed: number
  /** Subscriptions that were told that they may have missed something. */
  expired: number
  /** Signals that were not sent, because the socket was slow. */
  dropped: number
  /** How many groups are open now. */
  groups: number
  /** Called once for each event of a log that was delivered: `ms` from receiving it until its results were handed to the sockets. */
  onDelivered: (ms: number) => void
}

/** Stats in which nothing is counted yet. */
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
