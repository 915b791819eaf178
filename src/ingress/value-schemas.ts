import { patternsOfAddress } from '../lib/address-rule.ts'
import { MAX_AFTER_SECONDS } from '../lib/hand-off-rule.ts'
import type { JsonObject } from '../lib/json.ts'
import { patternOfFirstPart, patternOfText, type TextRule } from '../lib/text.ts'
import {
  ADDRESS,
  type AddressRule,
  CATEGORY,
  EVENT_NAME,
  GROUP_KEY,
  IDEMPOTENCY_KEY,
  NAME,
  NOTIFICATION_ID,
  PICTURE,
  REASON,
  TICKET_ID,
  TITLE,
  TOKEN_ID,
  TYPE,
  USER_ID,
} from '../lib/values.ts'
import { OPTIONAL_FIELDS } from '../storage/notification-fields.ts'

function schemaOf(rule: TextRule): JsonObject {
  return {
    ...(Number.isFinite(rule.max) && { maxLength: rule.max }),
    pattern: patternOfText(rule),
    ...(rule.reserved !== undefined && { not: { const: rule.reserved } }),
  }
}

function addressSchema(rule: AddressRule): JsonObject {
  return {
    maxLength: ADDRESS.max,
    allOf: patternsOfAddress(rule).map((pattern) => ({ pattern })),
  }
}

/** The rule for the body of a notification. Its length is configured, so the schema does not bound it. */
const BODY: TextRule = { max: Number.POSITIVE_INFINITY, multiline: true }
/** Any user id that some version of Herald has accepted. */
const ANY_USER_ID: JsonObject = { maxLength: USER_ID.max, pattern: String.raw`^[^\0\p{Cs}]+$` }

const userId = schemaOf(USER_ID)
const eventName = schemaOf(EVENT_NAME)
const idempotencyKey = schemaOf(IDEMPOTENCY_KEY)

const optionalFields = Object.entries(OPTIONAL_FIELDS).flatMap(([field, { rule }]) =>
  ['NotificationInput', 'UpdateNotificationInput'].map(
    (input) => [`${input}.${field}`, 'schemes' in rule ? addressSchema(rule) : schemaOf(rule)] as const,
  ),
)

// A body of spaces only counts as left out.
const body: JsonObject = { anyOf: [{ pattern: String.raw`^\s*$` }, schemaOf(BODY)] }

/** The JSON Schema of each text in commands, by its place in the GraphQL schema. */
const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  'ActorInput.id': userId,
  'ActorInput.name': schemaOf(NAME),
  'ActorInput.avatarUrl': addressSchema(PICTURE),
  'AnnounceInput.excludeUserId': userId,
  'AnnounceInput.idempotencyKey': idempotencyKey,
  'NotificationInput.type': schemaOf(TYPE),
  'NotificationInput.category': schemaOf(CATEGORY),
  'NotificationInput.groupKey': schemaOf(GROUP_KEY),
  'NotificationInput.title': schemaOf(TITLE),
  'NotificationInput.body': body,
  ...Object.fromEntries(optionalFields),
  'NotifyInput.userIds': userId,
  'NotifyInput.idempotencyKey': idempotencyKey,
  'UpdateNotificationInput.title': schemaOf(TITLE),
  'UpdateNotificationInput.body': body,
  'UpsertTicketInput.id': schemaOf(TICKET_ID),
  'UpsertTicketInput.subject': schemaOf(TITLE),
  'broadcast.event': eventName,
  'broadcast.excludeUserId': userId,
  // Any text: one that is no ticket's id is refused as not found.
  'deleteTicket.id': {},
  'disconnectUser.reason': schemaOf(REASON),
  'disconnectUser.userId': userId,
  'eraseUser.userId': ANY_USER_ID,
  'retractNotifications.ids': schemaOf(NOTIFICATION_ID),
  'revokeToken.jti': schemaOf(TOKEN_ID),
  'revokeTokens.userId': userId,
  'sendToMultipleUsers.event': eventName,
  'sendToMultipleUsers.userIds': userId,
  'sendToTicket.event': eventName,
  'sendToTicket.excludeUserId': userId,
  // Any text: one that is no ticket's id is refused as not found.
  'sendToTicket.ticketId': {},
  'sendToUser.event': eventName,
  'sendToUser.userId': userId,
  'updateNotification.id': schemaOf(NOTIFICATION_ID),
}

/**
 * The JSON Schema for a text at a place such as `ActorInput.name`. Throws when the place is not known, since each text must have a rule.
 */
export function textSchema(place: string): JsonObject {
  const schema = SCHEMAS[place]
  if (!schema) throw new Error(`What ${place} must be like is not known here`)
  return schema
}

/** By name of an input: JSON Schema rules for several of its fields together. */
const TOGETHER: Readonly<Record<string, JsonObject>> = {
  // An announcement is not handed off, and belongs to no group.
  AnnounceInput: {
    allOf: [
      {
        properties: {
          notification: { type: 'object', properties: { handOff: { type: 'null' }, groupKey: { type: 'null' } } },
        },
        type: 'object',
      },
    ],
  },
  HandOffInput: {
    allOf: [
      { properties: { afterSeconds: { type: 'integer', minimum: 0, maximum: MAX_AFTER_SECONDS } }, type: 'object' },
    ],
  },
  // Without a category, the part of the type before the first dot becomes the category.
  NotificationInput: {
    anyOf: [
      { required: ['category'], properties: { category: { type: 'string' } } },
      { properties: { type: { type: 'string', pattern: patternOfFirstPart(CATEGORY) } } },
    ],
  },
  // What is left out stays, so nothing at all would change nothing.
  UpdateNotificationInput: {
    minProperties: 1,
    allOf: [{ properties: { title: { type: 'string' }, priority: { not: { type: 'null' } } } }],
  },
}

/** The JSON Schema rule for several fields of an input together. Empty when there is none. */
export function fieldsTogether(input: string): JsonObject {
  return TOGETHER[input] ?? {}
}
