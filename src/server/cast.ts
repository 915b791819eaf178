import type { GraphiQLRole } from './graphiql/examples.ts'

/** Somebody whom a page lets its visitor be. */
export interface CastMember {
  readonly id: string
  readonly name: string
  readonly role: GraphiQLRole
  /** Makes a token for this person. */
  token(): Promise<string>
}

/** The people of GraphiQL and of the demo. */
export interface Cast {
  /** The secret that a visitor has to know to get their tokens. It is in the links that Herald prints at the start. */
  readonly key: string
  readonly people: Readonly<Record<GraphiQLRole | 'otherCustomer', CastMember>>
}
