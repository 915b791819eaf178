/** The worker processes that serve one port together, as one of them sees them. */
export interface PeerWorkers {
  /** The number of this worker, from 1. A process that replaces a dead worker gets its number. */
  readonly number: number
  /** Reports that another worker seems to hold up this one. Example: it keeps the database locked for seconds. */
  heldUp(): void
  /** Sets the function whose result this worker answers when a worker calls `ask`. */
  answer(report: () => Promise<unknown>): void
  /** Resolves to the answers of all workers, this one included. A worker that has not answered within 2 seconds is left out. */
  ask(): Promise<readonly unknown[]>
}
