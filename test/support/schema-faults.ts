import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
} from 'graphql'

interface Described {
  readonly name: string
  readonly description?: string | null | undefined
}

const PASCAL = /^[A-Z][A-Za-z0-9]*$/
const CAMEL = /^[a-z][A-Za-z0-9]*$/
const UPPER = /^[A-Z][A-Z0-9_]*$/

function faultsOf(path: string, { name, description }: Described, style: RegExp, styleName: string): string[] {
  return [
    ...(description?.trim() ? [] : [`${path} has no description`]),
    ...(style.test(name) ? [] : [`${path} is not ${styleName}`]),
  ]
}

function typeFaults(type: GraphQLNamedType): string[] {
  const faults = faultsOf(type.name, type, PASCAL, 'PascalCase')
  if (isEnumType(type)) {
    faults.push(
      ...type.getValues().flatMap((value) => faultsOf(`${type.name}.${value.name}`, value, UPPER, 'UPPER_CASE')),
    )
  }
  if (isInputObjectType(type)) {
    if (!/(Input|Filter|Order)$/.test(type.name))
      faults.push(`${type.name} is an input and must end in Input, Filter or Order`)
    const fields = Object.values(type.getFields())
    faults.push(...fields.flatMap((field) => faultsOf(`${type.name}.${field.name}`, field, CAMEL, 'camelCase')))
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      faults.push(...faultsOf(`${type.name}.${field.name}`, field, CAMEL, 'camelCase'))
      for (const arg of field.args)
        faults.push(...faultsOf(`${type.name}.${field.name}(${arg.name}:)`, arg, CAMEL, 'camelCase'))
    }
    if (type.name.endsWith('Connection')) {
      for (const name of ['edges', 'pageInfo']) if (!type.getFields()[name]) faults.push(`${type.name} has no ${name}`)
    }
  }
  return faults
}

/** What a schema lacks: descriptions, and the naming conventions of the field (Relay connections among them). */
export function describeFaults(schema: GraphQLSchema): readonly string[] {
  return [
    ...Object.values(schema.getTypeMap())
      .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
      .flatMap(typeFaults),
    ...schema
      .getDirectives()
      .filter((directive) => !isSpecifiedDirective(directive))
      .flatMap((directive) => [
        ...faultsOf(`@${directive.name}`, directive, CAMEL, 'camelCase'),
        ...directive.args.flatMap((arg) => faultsOf(`@${directive.name}(${arg.name}:)`, arg, CAMEL, 'camelCase')),
      ]),
  ]
}
