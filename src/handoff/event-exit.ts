import type { BackendEvent } from './backend-event.ts'

/** The names of the exits by which events leave for the backend. */
export type ExitName = 'redis' | 'webhook'

/** A way by which events leave for the backend: the Redis stream, or the webhook. */
export interface EventExit {
  readonly name: ExitName
  /** The most events under way at a time. */
  readonly max: number
  /**
   * Sends an event, and resolves when the backend has it for certain. Rejects when that is not known: then the same event is sent again
   * later. The message of the error is for operators, and contains no secret.
   */
  send(event: BackendEvent): Promise<void>
  /** Lets go of connections. What is under way fails. */
  close(): void
}
