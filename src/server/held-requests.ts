import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Viewer } from '../auth/viewer.ts'
import type { HeldBytes, Holder } from './held-bytes.ts'

/** The memory of a user's request. It is counted until the request was answered or its client has gone. */
export interface HeldRequest {
  /** Counts bytes of the body that have come. Throws RATE_LIMITED when the requests and operations of the user take too much. */
  hold(bytes: number): void
  /** Ends the counting, because what is left of the request is counted elsewhere, such as with its stream. */
  release(): void
}

/** Begins to count the memory of a user's request. Throws RATE_LIMITED as `HeldRequest.hold` does. */
export type HoldRequest = (request: IncomingMessage, response: ServerResponse, viewer: Viewer) => HeldRequest

/** Bytes of memory that a request takes beside its head and its body, with its connection: measured as 28 KB of the process. */
const REQUEST_BYTES = 16 * 1024

/** The length of the address and headers of a request. Node keeps them as long as the answer lasts. */
export function headBytes({ url = '', rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, url.length)
}

/** Returns the function that counts the memory of requests in `heldBytes`. */
export function createHoldRequest(heldBytes: HeldBytes): HoldRequest {
  return (request, response, viewer) => {
    const holder: Holder = { heldBytes: 0, holdingUser: undefined }
    // The response is already over, so no `close` would end the counting.
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
