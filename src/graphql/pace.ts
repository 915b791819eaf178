import { type GraphQLFieldResolver, type GraphQLSchema, isIntrospectionType, isObjectType } from 'graphql'
import { propertyOf } from '../delivery/compile.ts'
import type { Context } from './context.ts'

type Resolver = GraphQLFieldResolver<unknown, Context>

function paced(resolve: Resolver): Resolver {
  return (root, args, context, info) =>
    context.work === undefined
      ? resolve(root, args, context, info)
      : context.work.read(() => resolve(root, args, context, info))
}

/**
 * Lets the work of an operation decide when, and whether, its fields are read. What was not is null rather than an error: that would be one
 * for each of thousands. A mutation that has begun is finished; what its answer reads of the store is not.
 */
export function enforcePace(schema: GraphQLSchema): GraphQLSchema {
  const unpaced: readonly unknown[] = [schema.getMutationType(), schema.getSubscriptionType()]
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !isIntrospectionType(type))
  for (const type of types) {
    if (!isObjectType(type) || unpaced.includes(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (field.resolve && propertyOf(field) === undefined) field.resolve = paced(field.resolve)
    }
  }
  return schema
}
