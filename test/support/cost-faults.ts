import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'

interface ListSize {
  readonly assumedSize?: number
  readonly slicingArguments?: readonly string[]
  readonly sizedFields?: readonly string[]
}

type Node = Parameters<typeof getDirectiveValues>[1] | null | undefined

function isList(type: GraphQLOutputType | GraphQLInputType): boolean {
  return isListType(getNullableType(type))
}

function createReader(schema: GraphQLSchema) {
  const read = (name: string, node: Node) => {
    const directive = schema.getDirective(name)
    return directive && node ? getDirectiveValues(directive, node) : undefined
  }
  return {
    weightOf: (node: Node) => read('cost', node)?.['weight'] as string | undefined,
    listSizeOf: (node: Node) => read('listSize', node) as ListSize | undefined,
  }
}

type Reader = ReturnType<typeof createReader>

function weightFaults(path: string, weight: string | undefined): string[] {
  return weight !== undefined && !/^\d+(\.\d+)?$/.test(weight) ? [`${path} costs "${weight}"`] : []
}

function typeOfPath({ args }: GraphQLField<unknown, unknown>, path: string) {
  const [name, ...rest] = path.split('.')
  let found: { readonly type: GraphQLInputType; readonly isGiven: boolean } | undefined
  const arg = args.find((one) => one.name === name)
  if (arg) found = { type: arg.type, isGiven: isRequiredArgument(arg) || arg.defaultValue !== undefined }
  for (const step of rest) {
    const inner = found && getNullableType(found.type)
    const field = isInputObjectType(inner) ? inner.getFields()[step] : undefined
    found = field && { type: field.type, isGiven: false }
  }
  return found
}

function sizeFaults(path: string, field: GraphQLField<unknown, unknown>, size: ListSize): string[] {
  const { slicingArguments = [], sizedFields = [], assumedSize } = size
  const type = getNamedType(field.type)
  const known = isObjectType(type) ? type.getFields() : {}
  const isAlwaysGiven = slicingArguments.some((name) => typeOfPath(field, name)?.isGiven)
  return [
    ...slicingArguments.filter((name) => !typeOfPath(field, name)).map((name) => `${path} has no argument ${name}`),
    ...sizedFields.filter((name) => !known[name]).map((name) => `${path} has no field ${name}`),
    ...(isAlwaysGiven || assumedSize !== undefined
      ? []
      : [`${path} needs an assumedSize: ${slicingArguments.join(' and ')} can be left out`]),
  ]
}

function inputFaults(
  path: string,
  { type, astNode }: { readonly type: GraphQLInputType; readonly astNode?: Node },
  isSlicing: boolean,
  { weightOf }: Reader,
): string[] {
  return [
    ...weightFaults(path, weightOf(astNode)),
    ...(isList(type) && !isSlicing && weightOf(astNode) === undefined ? [`${path} is a list without @cost`] : []),
  ]
}

function fieldFaults(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  { isRoot, isSized }: { readonly isRoot: boolean; readonly isSized: boolean },
  reader: Reader,
): string[] {
  const path = `${type.name}.${field.name}`
  const named = getNamedType(field.type)
  const weight = reader.weightOf(field.astNode)
  const size = reader.listSizeOf(field.astNode)
  const needsWeight = isRoot || isCompositeType(named)
  const hasWeight = weight !== undefined || reader.weightOf(named.astNode as Node) !== undefined
  return [
    ...weightFaults(path, weight),
    ...(needsWeight && !hasWeight ? [`${path} has no @cost`] : []),
    ...(isList(field.type) && !isSized && !size ? [`${path} is a list without @listSize`] : []),
    ...(named.name.endsWith('Connection') && !size ? [`${path} is a page without @listSize`] : []),
    ...(size ? sizeFaults(path, field, size) : []),
    ...field.args.flatMap((arg) =>
      inputFaults(`${path}(${arg.name}:)`, arg, size?.slicingArguments?.includes(arg.name) === true, reader),
    ),
  ]
}

/** Where a schema does not say what something costs: operations, objects, lists, pages, and lists to send. */
export function costFaults(schema: GraphQLSchema): readonly string[] {
  const reader = createReader(schema)
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type))
  const objects = types.filter(isObjectType)
  const roots: readonly unknown[] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const sized = new Set(
    objects.flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) =>
        (reader.listSizeOf(field.astNode)?.sizedFields ?? []).map((name) => `${getNamedType(field.type).name}.${name}`),
      ),
    ),
  )
  const slicing = new Set(
    objects.flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) => reader.listSizeOf(field.astNode)?.slicingArguments ?? []),
    ),
  )
  return [
    ...objects.flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) => {
        const is = { isRoot: roots.includes(type), isSized: sized.has(`${type.name}.${field.name}`) }
        return fieldFaults(type, field, is, reader)
      }),
    ),
    ...types
      .filter(isInputObjectType)
      .flatMap((type) =>
        Object.values(type.getFields()).flatMap((field) =>
          inputFaults(`${type.name}.${field.name}`, field, slicing.has(`input.${field.name}`), reader),
        ),
      ),
  ]
}
