import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getDirectiveValues,
} from 'graphql'
import { isStaff } from '../auth/viewer.ts'
import { AppError } from '../lib/errors.ts'
import { type Context, requireViewer } from './context.ts'
import type { Access } from './generated.ts'

const allows: Readonly<Record<Access, (context: Context) => boolean>> = {
  PUBLIC: () => true,
  USER: (context) => requireViewer(context) !== undefined,
  STAFF: (context) => isStaff(requireViewer(context)),
  BACKEND: (context) => requireViewer(context).role === 'BACKEND',
}

/** Throws UNAUTHENTICATED or FORBIDDEN unless the viewer has this access. */
function requireAccess(access: Access, context: Context): void {
  if (!allows[access](context)) {
    throw new AppError('FORBIDDEN', access === 'STAFF' ? 'This is for staff only.' : 'This is for backends only.')
  }
}

type Resolver = GraphQLFieldResolver<unknown, Context>

function guarded(access: Access, resolve: Resolver): Resolver {
  return (root, args, context, info) => {
    requireAccess(access, context)
    return resolve(root, args, context, info)
  }
}

/** The access that a field needs, by `@auth` in the schema. Without the directive it is USER: any viewer with a valid token. */
export function accessOf(schema: GraphQLSchema, { astNode }: GraphQLField<unknown, unknown>): Access {
  const directive = schema.getDirective('auth')
  if (!directive) throw new Error('The schema does not define @auth')
  const values = astNode && getDirectiveValues(directive, astNode)
  return (values?.['requires'] ?? 'USER') as Access
}

/**
 * Puts the check of `@auth` in front of every query, mutation and subscription, so that none can be forgotten. Changes `schema` and returns
 * it.
 */
export function enforceAccess(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  for (const field of roots.flatMap((type) => Object.values(type?.getFields() ?? {}))) {
    const access = accessOf(schema, field)
    if (field.subscribe) field.subscribe = guarded(access, field.subscribe)
    else field.resolve = guarded(access, field.resolve ?? defaultFieldResolver)
  }
  return schema
}
