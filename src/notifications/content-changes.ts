import type { Selectable } from 'kysely'
import { type ActorInput, requireActor } from '../auth/actor-input.ts'
import { badInput } from '../lib/errors.ts'
import { optionalJson, requireText } from '../lib/input.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Limits } from '../lib/limits.ts'
import { TITLE } from '../lib/values.ts'
import { type OptionalInput, toGivenColumns } from '../storage/notification-fields.ts'
import type { Tables } from '../storage/tables.ts'
import { optionalBody } from './content.ts'
import type { Priority } from './notification.ts'

/** Changes of the content of a notification. What is left out stays, and null clears what may be null. */
export interface UpdateNotificationInput extends OptionalInput {
  readonly title?: string | null | undefined
  readonly body?: string | null | undefined
  readonly data?: JsonObject | null | undefined
  readonly actor?: ActorInput | null | undefined
  readonly priority?: Priority | null | undefined
  readonly expiresAt?: number | null | undefined
}

/** Changes of content as they are stored: the columns that change. */
export type ContentChanges = Readonly<
  Partial<
    Pick<
      Selectable<Tables['notifications']>,
      'title' | 'body' | 'data' | 'actor_id' | 'actor' | 'action_url' | 'image_url' | 'priority' | 'expires_at'
    >
  >
>

function notNull<Value>(name: string, value: Value | null): Value {
  if (value === null) throw badInput(`${name} must not be null: leave it out to keep it.`)
  return value
}

function toActorColumns(input: ActorInput | null): ContentChanges {
  const actor = input && requireActor('actor', input)
  return { actor_id: actor?.id ?? null, actor: actor && JSON.stringify(actor) }
}

/**
 * Checks changes of a notification and returns the columns that change. Throws BAD_USER_INPUT when there is none, a limit is exceeded, or
 * something is null that must not be.
 */
export function requireChanges(input: UpdateNotificationInput, limits: Limits): ContentChanges {
  const { title, body, data, actor, priority, expiresAt } = input
  const changes: ContentChanges = {
    ...(title !== undefined && { title: requireText('title', notNull('title', title), TITLE) }),
    ...(body !== undefined && { body: optionalBody(body, limits.messageBytes) }),
    ...(data !== undefined && { data: optionalJson('data', data, limits.dataBytes) }),
    ...(actor !== undefined && toActorColumns(actor)),
    ...toGivenColumns(input),
    ...(priority !== undefined && { priority: notNull('priority', priority) }),
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
  }
  if (Object.keys(changes).length === 0) throw badInput('input must change something.')
  return changes
}
