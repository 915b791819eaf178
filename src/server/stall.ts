import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** So long nothing of what waits is taken: then the peer does not read, however alive it is. */
const STALLED_MS = 30_000

/** What was seen of a connection when the network last took something. */
export interface Stall {
  takenBytes: number
  movedAt: number
}

/** Begins before anything was seen. */
export function createStall(): Stall {
  return { takenBytes: -1, movedAt: 0 }
}

/** libuv's own count sees progress within a large write; where it is not as expected, whole writes are counted. */
interface Internals {
  readonly _handle?: { readonly bytesWritten?: unknown; readonly writeQueueSize?: unknown } | null
}

/** How many bytes the network has taken so far. */
function countTaken(tcp: Socket): number {
  const { bytesWritten, writeQueueSize } = (tcp as unknown as Internals)._handle ?? {}
  return typeof bytesWritten === 'number' && typeof writeQueueSize === 'number'
    ? bytesWritten - writeQueueSize
    : tcp.bytesWritten - tcp.writableLength
}

/** Whether a connection has stalled; to be asked about once a second. */
export function hasStalled(stall: Stall, tcp: Socket, now: number): boolean {
  if (tcp.writableLength === 0) {
    stall.movedAt = now
    return false
  }
  const taken = countTaken(tcp)
  if (taken !== stall.takenBytes) {
    stall.takenBytes = taken
    stall.movedAt = now
  }
  return now - stall.movedAt >= STALLED_MS
}

/** Cuts an answer of which the network takes nothing any more; Node sees progress within a large write, too. */
export function giveUpWhenStalled(response: ServerResponse): void {
  if (!response.writableFinished) response.setTimeout(STALLED_MS, () => response.destroy())
}
