/** The processes that serve one port together, seen from one of them. */
export interface PeerWorkers {
  /** Which of them this one is, from 1. A process that replaces one that died gets its number. */
  readonly number: number
  /** Says that one of the others seems to hold up this one, such as by a database that is locked for seconds. */
  heldUp(): void
  /** What this process says when one of them asks. */
  answer(report: () => Promise<unknown>): void
  /** What each of them says, this one included. A process that has not answered within 2 seconds is left out. */
  ask(): Promise<readonly unknown[]>
}
