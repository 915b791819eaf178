import type { Selectable } from 'kysely'
import { type ActorInput, meaningOfActor, requireActor } from '../auth/actor-input.ts'
import { type AppError, badInput } from '../lib/errors.ts'
import type { HandOffInput } from '../lib/hand-off-rule.ts'
import { newId } from '../lib/ids.ts'
import { optionalJson, optionalText, requireBytes, requireText } from '../lib/input.ts'
import { type JsonObject, withoutNulls } from '../lib/json.ts'
import type { Limits } from '../lib/limits.ts'
import { CATEGORY, GROUP_KEY, TITLE, TYPE } from '../lib/values.ts'
import { type OptionalInput, toOptionalColumns } from '../storage/notification-fields.ts'
import type { Tables } from '../storage/tables.ts'
import type { Priority } from './notification.ts'

/** The content of a notification, as a backend gives it. The rules are in `schema/notifications.graphql`. */
export interface NotificationInput extends OptionalInput {
  readonly type: string
  readonly category?: string | null | undefined
  readonly title: string
  readonly body?: string | null | undefined
  readonly data?: JsonObject | null | undefined
  readonly actor?: ActorInput | null | undefined
  readonly priority?: Priority | undefined
  readonly expiresAt?: number | null | undefined
  /** When to hand it off to the backend. Null: never. Left out: as its category says. */
  readonly handOff?: HandOffInput | null | undefined
  /** While a notification with this key is unread, they are one entry. Left out: it is an entry of its own. */
  readonly groupKey?: string | null | undefined
}

/** The content of a notification as it is stored: one row for all its recipients. */
export type Content = Omit<Selectable<Tables['notifications']>, 'announcement' | 'excluded_user_id' | 'for_new_users'>

/** Checks a body and returns it; null when there is none. One with nothing but spaces counts as none. */
export function optionalBody(body: string | null | undefined, max: number): string | null {
  return body == null || body.trim() === ''
    ? null
    : requireBytes('body', requireText('body', body, { max, multiline: true }), max)
}

/**
 * Checks a notification and returns its content to store, with a new id. Throws BAD_USER_INPUT when a limit is exceeded or a text cannot be
 * shown.
 */
export function requireContent(input: NotificationInput, limits: Limits, now: number): Content {
  const type = requireText('type', input.type, TYPE)
  const actor = input.actor == null ? null : requireActor('actor', input.actor)
  return {
    id: newId(),
    type,
    category: requireText('category', input.category ?? type.slice(0, type.search(/\.|$/)), CATEGORY),
    title: requireText('title', input.title, TITLE),
    body: optionalBody(input.body, limits.messageBytes),
    data: optionalJson('data', input.data, limits.dataBytes),
    actor_id: actor?.id ?? null,
    actor: actor && JSON.stringify(actor),
    ...toOptionalColumns(input),
    priority: input.priority ?? 'NORMAL',
    created_at: now,
    expires_at: input.expiresAt ?? null,
    edited_at: null,
    group_key: optionalText('groupKey', input.groupKey, GROUP_KEY),
  }
}

function parsed(json: string | null): unknown {
  return json && JSON.parse(json)
}

function orNull<Value>(value: Value, fallback: Value): Value | null {
  return value === fallback ? null : value
}

/** The columns by which an idempotency key compares content. The id and the time differ each time, and `actor` has the actor's id. */
function meaningful({ id: _id, created_at: _at, actor_id: _actor, ...columns }: Content) {
  return columns
}

/**
 * The meaning of content, for an idempotency key to compare. Nulls and defaults are left out. So the meaning, and with it the hash that is
 * stored, stays the same when a column is added that a command does not use.
 */
export function meaningOfContent(content: Content): unknown {
  const { data, actor, priority, ...columns } = meaningful(content)
  return withoutNulls({
    ...columns,
    priority: orNull(priority, 'NORMAL'),
    data: parsed(data),
    actor: actor === null ? null : meaningOfActor(JSON.parse(actor)),
  })
}

/**
 * The meaning of content as the version before compared it: with every column that it had, null or not. Later columns are in it only where
 * they are used.
 */
export function formerMeaningOfContent(content: Content): unknown {
  return {
    ...withoutNulls(meaningful(content)),
    type: content.type,
    category: content.category,
    title: content.title,
    body: content.body,
    data: parsed(content.data),
    actor_id: content.actor_id,
    actor: content.actor,
    action_url: content.action_url,
    image_url: content.image_url,
    priority: content.priority,
    expires_at: content.expires_at,
  }
}

/** Whether content had expired already when it came. */
export function isLate({ expires_at: expiresAt, created_at: now }: Content): boolean {
  return expiresAt !== null && !(expiresAt > now)
}

/** The error BAD_USER_INPUT for content that had expired already when it came. */
export function late(): AppError {
  return badInput('expiresAt must be in the future.')
}
