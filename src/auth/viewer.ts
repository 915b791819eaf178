/** What somebody is; what each may do stands in `schema/base.graphql`. */
export type Role = 'CUSTOMER' | 'AGENT' | 'ADMIN' | 'BACKEND'

/** Somebody as they were described when something happened: a snapshot that is stored with it. */
export interface Actor {
  readonly id: string
  readonly role: Role
  readonly name: string | null
  readonly avatarUrl: string | null
}

/** Who is asking: what a valid token says. */
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

/** The viewer as the author or cause of something. */
export function actorOf({ userId, role, name, avatarUrl }: Viewer): Actor {
  return { id: userId, role, name, avatarUrl }
}

/** Agents, admins and backends. */
export function isStaff({ role }: { readonly role: Role }): boolean {
  return role !== 'CUSTOMER'
}
