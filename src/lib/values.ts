import type { TextRule } from './text.ts'

// One rule for each kind of value, in tokens, arguments, commands and the command line alike. Lengths are in Unicode code points.

/** The id of a user: the `sub` of a token, and every argument that names a user. Ids are compared character by character. */
export const USER_ID: TextRule = { max: 256, reserved: 'erased' }
/** The backend's own id of a ticket. */
export const TICKET_ID: TextRule = { max: 128 }
/** The id of a notification, which Herald has chosen. */
export const NOTIFICATION_ID: TextRule = { max: 256 }
/** The display name of a user. */
export const NAME: TextRule = { max: 256 }
/** The title of a notification and the subject of a ticket. */
export const TITLE: TextRule = { max: 512 }
/** The type of a notification. */
export const TYPE: TextRule = { max: 128 }
/** The category of a notification. */
export const CATEGORY: TextRule = { max: 64 }
/** The key of a group of notifications. */
export const GROUP_KEY: TextRule = { max: 128 }
/** The name of a custom event. */
export const EVENT_NAME: TextRule = { max: 128 }
/** The idempotency key of a command: sending the same command with it again executes nothing twice. */
export const IDEMPOTENCY_KEY: TextRule = { max: 255 }
/** The id that a client gives a message, so that sending it again does not store it twice. */
export const CLIENT_MESSAGE_ID: TextRule = { max: 128 }
/** The product's own key of an attached file. */
export const FILE_ID: TextRule = { max: 256 }
/** The media type of an attached file, such as `image/png`. */
export const MEDIA_TYPE: TextRule = { max: 128 }
/** The id that a client gives a device on which a user types. */
export const DEVICE_ID: TextRule = { max: 128 }
/** The `jti` of a token. */
export const TOKEN_ID: TextRule = { max: 1_024 }
/** The reason why a user was disconnected. */
export const REASON: TextRule = { max: 120 }

/** A rule for an address that a client shows or follows: a path from the root, or a URL with one of these schemes. */
export interface AddressRule {
  /** The allowed schemes, in lower case with a colon: `https:`. */
  readonly schemes: readonly string[]
}

/** The address of an attached file. */
export const FILE: AddressRule = { schemes: ['https:', 'http:'] }
/** The address of a picture. */
export const PICTURE: AddressRule = { schemes: ['https:', 'http:'] }
/** The address to which a click leads. */
export const LINK: AddressRule = { schemes: ['https:', 'http:', 'mailto:'] }

/** The text rule that every address keeps to beside its address rule: at most 2 048 characters. */
export const ADDRESS: TextRule = { max: 2_048 }
