/** The role of a user or backend. `schema/base.graphql` says what each role may do. */
export type Role = 'CUSTOMER' | 'AGENT' | 'ADMIN' | 'BACKEND'

/**
 * A user or backend as described when something happened, such as the author of a message. It is stored with that, and does not change
 * later.
 */
export interface Actor {
  readonly id: string
  readonly role: Role
  readonly name: string | null
  readonly avatarUrl: string | null
}

/** The user or backend that sends an operation, as its valid token says. */
export interface Viewer {
  readonly userId: string
  readonly role: Role
  readonly name: string | null
  readonly avatarUrl: string | null
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAt: number
  /** When the token was issued, in milliseconds since 1970; undefined when it does not say. */
  readonly issuedAt?: number | undefined
  /** The `jti` of the token; undefined when it has none. */
  readonly tokenId?: string | undefined
}

/** The viewer as an actor, to be stored as the author or cause of something. */
export function actorOf({ userId, role, name, avatarUrl }: Viewer): Actor {
  return { id: userId, role, name, avatarUrl }
}

/** Whether a role is one of the staff: agent, admin or backend. */
export function isStaff({ role }: { readonly role: Role }): boolean {
  return role !== 'CUSTOMER'
}
