import { optionalAddress, optionalText, requireText } from '../lib/input.ts'
import { withoutNulls } from '../lib/json.ts'
import { NAME, PICTURE, USER_ID } from '../lib/values.ts'
import type { Actor, Role } from './viewer.ts'

/** Somebody, as a backend describes them; the rules are in `schema/base.graphql`. */
export interface ActorInput {
  readonly id: string
  /** CUSTOMER when left out. */
  readonly role?: Role | undefined
  readonly name?: string | null | undefined
  readonly avatarUrl?: string | null | undefined
}

/** Checks a description of somebody and fills in what was left out; `name` is the path of it. Throws BAD_USER_INPUT. */
export function requireActor(name: string, { id, role = 'CUSTOMER', ...rest }: ActorInput): Actor {
  return {
    id: requireText(`${name}.id`, id, USER_ID),
    role,
    name: optionalText(`${name}.name`, rest.name, NAME),
    avatarUrl: optionalAddress(`${name}.avatarUrl`, rest.avatarUrl, PICTURE),
  }
}

/** What a description of somebody means: without what is null or as it would be by itself. Two with one meaning say the same. */
export function meaningOfActor({ role, ...rest }: Actor): unknown {
  return withoutNulls({ ...rest, role: role === 'CUSTOMER' ? null : role })
}
