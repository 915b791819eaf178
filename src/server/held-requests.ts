import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Viewer } from '../auth/viewer.ts'
import type { HeldBytes, Holder } from './held-bytes.ts'

/** The memory that a request of a user takes, until it was answered or its client has gone. */
export interface HeldRequest {
  /** So much of its body has come. Throws RATE_LIMITED when what is under way for its user takes too much. */
  hold(bytes: number): void
  /** What is left of it is counted otherwise. */
  release(): void
}

/** Begins to count a request of a user. Throws RATE_LIMITED as `HeldRequest.hold` does. */
export type HoldRequest = (request: IncomingMessage, response: ServerResponse, viewer: Viewer) => HeldRequest

/** What a request takes beside its head and its body, with its connection: measured as 28 KB of the process. */
const REQUEST_BYTES = 16 * 1024

/** Node keeps the address and the headers of a request as long as its answer lasts. */
export function headBytes({ url = '', rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, url.length)
}

/** Makes the counting. */
export function createHoldRequest(heldBytes: HeldBytes): HoldRequest {
  return (request, response, viewer) => {
    const holder: Holder = { heldBytes: 0, holdingUser: undefined }
    // Nobody would say that it is over.
    if (response.destroyed) return { hold: () => {}, release: () => {} }
    heldBytes.assign(holder, viewer)
    heldBytes.hold(holder, REQUEST_BYTES + headBytes(request))
    let isOver = false
    const release = (): void => {
      isOver = true
      heldBytes.release(holder, holder.heldBytes)
    }
    response.once('close', release)
    return {
      hold: (bytes) => {
        if (!isOver) heldBytes.hold(holder, bytes)
      },
      release,
    }
  }
}
