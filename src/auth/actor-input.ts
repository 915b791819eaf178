import { optionalAddress, optionalText, requireText } from '../lib/input.ts'
import { withoutNulls } from '../lib/json.ts'
import { NAME, PICTURE, USER_ID } from '../lib/values.ts'
import type { Actor, Role } from './viewer.ts'

/** An actor, such as the sender of a notification, as a backend describes it. The rules are in `schema/base.graphql`. */
export interface ActorInput {
  readonly id: string
  /** CUSTOMER when left out. */
  readonly role?: Role | undefined
  readonly name?: string | null | undefined
  readonly avatarUrl?: string | null | undefined
}

/** Checks the description of an actor, and fills in what was left out. `name` is its path in the input. Throws BAD_USER_INPUT. */
export function requireActor(name: string, { id, role = 'CUSTOMER', ...rest }: ActorInput): Actor {
  return {
    id: requireText(`${name}.id`, id, USER_ID),
    role,
    name: optionalText(`${name}.name`, rest.name, NAME),
    avatarUrl: optionalAddress(`${name}.avatarUrl`, rest.avatarUrl, PICTURE),
  }
}

/** An actor without fields that are null or have their default, so that two descriptions with the same meaning are equal. */
export function meaningOfActor({ role, ...rest }: Actor): unknown {
  return withoutNulls({ ...rest, role: role === 'CUSTOMER' ? null : role })
}
