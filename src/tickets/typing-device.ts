import type { Viewer } from '../auth/viewer.ts'
import { requireText } from '../lib/input.ts'
import { DEVICE_ID } from '../lib/values.ts'

/** A device on which somebody types. */
export interface TypingDevice {
  /** Tells it from every other in the cluster. */
  readonly key: string
  /** What it says next may reach another node. */
  readonly isAnywhere: boolean
}

/**
 * The device that says something: what the client calls it; otherwise the socket, or, over HTTP, where nothing else tells them apart, all
 * devices of the user together. Throws BAD_USER_INPUT.
 */
export function deviceOf(
  { userId }: Pick<Viewer, 'userId'>,
  connectionId: string | undefined,
  deviceId: string | null | undefined,
): TypingDevice {
  if (deviceId == null) {
    return connectionId === undefined
      ? { key: JSON.stringify([userId]), isAnywhere: true }
      : { key: connectionId, isAnywhere: false }
  }
  return { key: JSON.stringify([userId, requireText('deviceId', deviceId, DEVICE_ID)]), isAnywhere: true }
}
