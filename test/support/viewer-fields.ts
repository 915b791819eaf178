import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql'
import { propertyOf } from '../../src/delivery/compile.ts'

function typesWithin(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type]
  return isAbstractType(type) ? schema.getPossibleTypes(type) : []
}

/** All object types that a result of this type can contain. */
function reachableFrom(schema: GraphQLSchema, start: GraphQLNamedType): ReadonlySet<GraphQLObjectType> {
  const found = new Set(typesWithin(schema, start))
  for (const type of found) {
    for (const field of Object.values(type.getFields())) {
      for (const inner of typesWithin(schema, getNamedType(field.type))) found.add(inner)
    }
  }
  return found
}

/**
 * The fields of each subscription's payload, at any depth, that are not simply read from what happened but have a resolver of
 * their own: only those can look at who asks.
 */
export function resolvedFieldsOf(schema: GraphQLSchema): Readonly<Record<string, readonly string[]>> {
  const fields = Object.values(schema.getSubscriptionType()?.getFields() ?? {})
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const reachable = [...reachableFrom(schema, getNamedType(type))]
      const resolved = reachable.flatMap((owner) =>
        Object.values(owner.getFields())
          .filter((field) => propertyOf(field) === undefined)
          .map((field) => `${owner.name}.${field.name}`),
      )
      return [name, resolved.sort()]
    }),
  )
}
