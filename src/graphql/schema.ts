import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { GraphQLSchema } from 'graphql'
import { createSchema as makeSchema } from 'graphql-yoga'
import { enforceAccess } from './access.ts'
import { baseResolvers } from './base.ts'
import type { Context } from './context.ts'
import { eventResolvers } from './events.ts'
import { notificationResolvers } from './notifications.ts'
import { enforcePace } from './pace.ts'
import { preferenceResolvers } from './preferences.ts'
import { presenceResolvers } from './presence.ts'
import { scalars } from './scalars.ts'
import { ticketResolvers } from './tickets.ts'
import { countWrites } from './write-budget.ts'

const SCHEMA_DIR = fileURLToPath(new URL('../../schema/', import.meta.url))

/** The SDL of all files in `schema/`, in the order of their names. */
export function readTypeDefs(): readonly string[] {
  return readdirSync(SCHEMA_DIR)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => readFileSync(`${SCHEMA_DIR}${name}`, 'utf8'))
}

/**
 * The executable schema: the SDL, and a resolver for each field that needs one. In front of the resolvers are the check of `@auth`, the
 * pace of the operation, and the count of what users write.
 */
export function createSchema(): GraphQLSchema {
  return enforcePace(
    enforceAccess(
      countWrites(
        makeSchema<Context>({
          typeDefs: [...readTypeDefs()],
          resolvers: [
            scalars,
            baseResolvers,
            notificationResolvers,
            ticketResolvers,
            eventResolvers,
            presenceResolvers,
            preferenceResolvers,
          ],
        }),
      ),
    ),
  )
}
