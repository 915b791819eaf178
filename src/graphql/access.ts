import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema, getDirectiveValues } from 'graphql'
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
const requireAccess = (access: Access, context: Context): void => {
  if (!allows[access](context)) {
    throw new AppError('FORBIDDEN', access === 'STAFF' ? 'This is for staff only.' : 'This is for backends only.')
  }
}

type Resolver = GraphQLFieldResolver<unknown, Context>

const guarded =
  (access: Access, resolve: Resolver): Resolver =>
  (root, args, context, info) => {
    requireAccess(access, context)
    return resolve(root, args, context, info)
  }

/**
 * Puts the check that `@auth` asks for in front of every query, mutation and subscription, so that none can be forgotten.
 * A field without the directive is for anybody with a valid token.
 */
export const enforceAccess = (schema: GraphQLSchema): GraphQLSchema => {
  const directive = schema.getDirective('auth')
  if (!directive) throw new Error('The schema does not define @auth')
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  for (const field of roots.flatMap((type) => Object.values(type?.getFields() ?? {}))) {
    const values = field.astNode && getDirectiveValues(directive, field.astNode)
    const access = (values?.['requires'] ?? 'USER') as Access
    if (field.subscribe) field.subscribe = guarded(access, field.subscribe)
    else field.resolve = guarded(access, field.resolve ?? defaultFieldResolver)
  }
  return schema
}
