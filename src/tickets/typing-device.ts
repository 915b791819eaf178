import type { Viewer } from '../auth/viewer.ts'
import { requireText } from '../lib/input.ts'
import { DEVICE_ID } from '../lib/values.ts'

/** A device on which a user types. */
export interface TypingDevice {
  /** Names the device among all devices of all nodes. */
  readonly key: string
  /** Its next request may reach another node. */
  readonly isAnywhere: boolean
}

/**
 * The device that a request comes from: the one that the client names, otherwise the socket. Over HTTP without a name it is all devices of
 * the user together, since nothing tells them apart. Throws BAD_USER_INPUT.
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
