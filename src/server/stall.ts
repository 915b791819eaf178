import type { Socket } from 'node:net'

/** So long nothing of what waits is taken: then the peer does not read, however alive it is. */
const STALLED_MS = 30_000

/** libuv's own count sees progress within a large write; where it is not as expected, whole writes are counted. */
interface Internals {
  readonly _handle?: { readonly bytesWritten?: unknown; readonly writeQueueSize?: unknown } | null
}

/** How many bytes the network has taken so far. */
const takenBytes = (tcp: Socket): number => {
  const { bytesWritten, writeQueueSize } = (tcp as unknown as Internals)._handle ?? {}
  return typeof bytesWritten === 'number' && typeof writeQueueSize === 'number'
    ? bytesWritten - writeQueueSize
    : tcp.bytesWritten - tcp.writableLength
}

/** Watches a connection; the returned function says whether it has stalled, and is to be asked about once a second. */
export const watchForStall = (tcp: Socket): ((now: number) => boolean) => {
  let taken = -1
  let movedAt = 0
  return (now) => {
    const current = takenBytes(tcp)
    if (tcp.writableLength === 0 || current !== taken) {
      taken = current
      movedAt = now
    }
    return now - movedAt >= STALLED_MS
  }
}
