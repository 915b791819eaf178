import { type GraphQLFieldResolver, type GraphQLSchema, isIntrospectionType, isObjectType } from 'graphql'
import { hasShortcut, propertyOf } from '../delivery/compile.ts'
import type { Context } from './context.ts'

type Resolver = GraphQLFieldResolver<unknown, Context>

function paced(resolve: Resolver): Resolver {
  return (root, args, context, info) =>
    context.work === undefined
      ? resolve(root, args, context, info)
      : context.work.read(() => resolve(root, args, context, info))
}

/**
 * Lets the `Work` of an operation decide when, and whether, its fields are read. A field that was not read is null: an error for each of
 * thousands would be too much. A mutation that has begun is finished, but its answer may be left unread. Changes `schema` and returns it.
 */
export function enforcePace(schema: GraphQLSchema): GraphQLSchema {
  const unpaced: readonly unknown[] = [schema.getMutationType(), schema.getSubscriptionType()]
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !isIntrospectionType(type))
  for (const type of types) {
    if (!isObjectType(type) || unpaced.includes(type)) continue
    for (const field of Object.values(type.getFields())) {
      // A field of `batched` waits for its turn itself, once for all objects.
      const isPaced = propertyOf(field) !== undefined || hasShortcut(field)
      if (field.resolve && !isPaced) field.resolve = paced(field.resolve)
    }
  }
  return schema
}
