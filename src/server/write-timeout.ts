import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { countParts, type Internals } from '../delivery/ws-internals.ts'

/** When the network takes nothing of the waiting bytes for so many milliseconds, the peer does not read, however alive it is. */
const WRITE_TIMEOUT_MS = 30_000

/** How many bytes of a connection the network had taken, and when it last took some, in milliseconds since 1970. */
export interface WriteProgress {
  takenBytes: number
  movedAt: number
}

/** The progress of a connection that was not looked at yet. */
export function createWriteProgress(): WriteProgress {
  return { takenBytes: -1, movedAt: 0 }
}

function countWholeWrites(tcp: Socket): number {
  return tcp.bytesWritten - tcp.writableLength
}

/**
 * Whether the network has taken nothing of the waiting bytes of a connection for 30 seconds. Notes the progress, so it must be called about
 * once a second.
 */
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

/**
 * Cuts a response of which the network takes nothing for 30 seconds. Node's own timeout is used, which sees progress within a large write,
 * too.
 */
export function endAtWriteTimeout(response: ServerResponse): void {
  if (!response.writableFinished) response.setTimeout(WRITE_TIMEOUT_MS, () => response.destroy())
}
