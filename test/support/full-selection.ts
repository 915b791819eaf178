import {
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'

/** Everything that can be selected of a type without arguments, as deep as it goes; a type within itself is left out. */
export function fullSelection(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  within: readonly GraphQLNamedType[] = [],
): string {
  if (isAbstractType(type)) {
    const parts = schema
      .getPossibleTypes(type)
      .map((possible) => `... on ${possible.name} ${fullSelection(schema, possible, within)}`)
    return `{ __typename ${parts.join(' ')} }`
  }
  if (!isObjectType(type)) return ''
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type)
    const isOpen = within.includes(inner) || field.args.some(isRequiredArgument)
    return isOpen ? [] : [`${field.name} ${fullSelection(schema, inner, [...within, type])}`]
  })
  return `{ __typename ${fields.join(' ')} }`
}

/** A subscription to everything that a field tells; `call` is the field with its arguments. */
export function fullSubscription(schema: GraphQLSchema, call: string): string {
  const field = schema.getSubscriptionType()?.getFields()[call.split('(')[0] ?? '']
  if (!field) throw new Error(`No subscription ${call}`)
  return `subscription { ${call} ${fullSelection(schema, getNamedType(field.type))} }`
}
