import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { countParts, type Internals } from '../delivery/ws-internals.ts'

/** So long nothing of what waits is taken: then the peer does not read, however alive it is. */
const WRITE_TIMEOUT_MS = 30_000

/** What was seen of a connection when the network last took something. */
export interface WriteProgress {
  takenBytes: number
  movedAt: number
}

/** Begins before anything was seen. */
export function createWriteProgress(): WriteProgress {
  return { takenBytes: -1, movedAt: 0 }
}

function countWholeWrites(tcp: Socket): number {
  return tcp.bytesWritten - tcp.writableLength
}

/** Whether the write timeout of a connection is over; to be asked about once a second. */
export function isWriteTimedOut(
  progress: WriteProgress,
  tcp: Socket,
  now: number,
  { canCountParts }: Pick<Internals, 'canCountParts'>,
): boolean {
  if (tcp.writableLength === 0) {
    progress.movedAt = now
    return false
  }
  const taken = (canCountParts ? countParts(tcp) : undefined) ?? countWholeWrites(tcp)
  if (taken !== progress.takenBytes) {
    progress.takenBytes = taken
    progress.movedAt = now
  }
  return now - progress.movedAt >= WRITE_TIMEOUT_MS
}

/** Cuts an answer of which the network takes nothing any more; Node sees progress within a large write, too. */
export function endAtWriteTimeout(response: ServerResponse): void {
  if (!response.writableFinished) response.setTimeout(WRITE_TIMEOUT_MS, () => response.destroy())
}
