import type { TextRule } from './text.ts'

// One rule for each kind of value, in tokens, arguments, commands and the command line alike. Lengths are in Unicode code points.

/** Who somebody is: the `sub` of a token, and whatever names a user. Compared as it is written, character by character. */
export const USER_ID: TextRule = { max: 256, reserved: 'erased' }
/** The backend's own id of a ticket. */
export const TICKET_ID: TextRule = { max: 128 }
/** The id of a notification, which Herald gave it. */
export const NOTIFICATION_ID: TextRule = { max: 256 }
/** What somebody is called. */
export const NAME: TextRule = { max: 256 }
/** The title of a notification and the subject of a ticket. */
export const TITLE: TextRule = { max: 512 }
/** The type of a notification. */
export const TYPE: TextRule = { max: 128 }
/** The category of a notification. */
export const CATEGORY: TextRule = { max: 64 }
/** The name of a custom event. */
export const EVENT_NAME: TextRule = { max: 128 }
/** What makes sending a command again safe. */
export const IDEMPOTENCY_KEY: TextRule = { max: 255 }
/** What makes sending a message again safe. */
export const CLIENT_MESSAGE_ID: TextRule = { max: 128 }
/** What a client calls a device on which somebody types. */
export const DEVICE_ID: TextRule = { max: 128 }
/** The `jti` of a token. */
export const TOKEN_ID: TextRule = { max: 1_024 }
/** Why somebody was disconnected. */
export const REASON: TextRule = { max: 120 }

/** An address that a client shows or follows: a path from the root, or with one of these schemes. */
export interface AddressRule {
  /** In lower case, with a colon. */
  readonly schemes: readonly string[]
}

/** Where a picture is. */
export const PICTURE: AddressRule = { schemes: ['https:', 'http:'] }
/** Where a click leads. */
export const LINK: AddressRule = { schemes: ['https:', 'http:', 'mailto:'] }

/** The most characters of an address. */
export const ADDRESS: TextRule = { max: 2_048 }
