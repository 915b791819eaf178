import type { Selectable } from 'kysely'
import { type ActorInput, meaningOfActor, requireActor } from '../auth/actor-input.ts'
import { type AppError, badInput } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { optionalAddress, optionalJson, requireBytes, requireText } from '../lib/input.ts'
import { type JsonObject, withoutNulls } from '../lib/json.ts'
import type { Limits } from '../lib/limits.ts'
import { CATEGORY, LINK, PICTURE, TITLE, TYPE } from '../lib/values.ts'
import type { Tables } from '../storage/tables.ts'
import type { Priority } from './notification.ts'

/** What to tell; the rules are in `schema/notifications.graphql`. */
export interface NotificationInput {
  readonly type: string
  readonly category?: string | null | undefined
  readonly title: string
  readonly body?: string | null | undefined
  readonly data?: JsonObject | null | undefined
  readonly actor?: ActorInput | null | undefined
  readonly actionUrl?: string | null | undefined
  readonly imageUrl?: string | null | undefined
  readonly priority?: Priority | undefined
  readonly expiresAt?: number | null | undefined
}

/** What is stored of an input that was found good: the same for the same input, whenever it comes. */
export type Content = Omit<
  Selectable<Tables['notifications']>,
  'id' | 'created_at' | 'announcement' | 'excluded_user_id' | 'for_new_users'
>

/** A body of nothing but spaces is none. */
const optionalBody = (body: string | null | undefined, max: number): string | null =>
  body == null || body.trim() === ''
    ? null
    : requireBytes('body', requireText('body', body, { max, multiline: true }), max)

/** What to store. Throws BAD_USER_INPUT when a limit is exceeded or a text cannot be shown. */
export const requireContent = (input: NotificationInput, limits: Limits): Content => {
  const type = requireText('type', input.type, TYPE)
  const actor = input.actor == null ? null : requireActor('actor', input.actor)
  return {
    type,
    category: requireText('category', input.category ?? type.slice(0, type.search(/\.|$/)), CATEGORY),
    title: requireText('title', input.title, TITLE),
    body: optionalBody(input.body, limits.messageBytes),
    data: optionalJson('data', input.data, limits.dataBytes),
    actor_id: actor?.id ?? null,
    actor: actor && JSON.stringify(actor),
    action_url: optionalAddress('actionUrl', input.actionUrl, LINK),
    image_url: optionalAddress('imageUrl', input.imageUrl, PICTURE),
    priority: input.priority ?? 'NORMAL',
    expires_at: input.expiresAt ?? null,
  }
}

const parsed = (json: string | null): unknown => json && JSON.parse(json)

const orNull = <Value>(value: Value, fallback: Value): Value | null => (value === fallback ? null : value)

/**
 * What the content means, for an idempotency key to compare: what is null or as it would be by itself is left out, so that a column
 * that is added later changes nothing for those who do not use it.
 */
export const meaningOfContent = ({ data, actor, actor_id: _, priority, ...rest }: Content): unknown =>
  withoutNulls({
    ...rest,
    priority: orNull(priority, 'NORMAL'),
    data: parsed(data),
    actor: actor === null ? null : meaningOfActor(JSON.parse(actor)),
  })

/** The same as the version before compared it, with every column that it had. */
export const formerMeaningOfContent = (content: Content): unknown => ({
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
})

/** Content with an id and the time. */
export type Row = Content & { readonly id: string; readonly created_at: number }

/** Gives the content an id and the time. */
export const toRow = (content: Content, now: number): Row => ({ ...content, id: newId(), created_at: now })

/** Content that had expired already when it came. */
export const isLate = ({ expires_at: expiresAt, created_at: now }: Row): boolean =>
  expiresAt !== null && !(expiresAt > now)

/** Says that content had expired already. */
export const late = (): AppError => badInput('expiresAt must be in the future.')
