import {
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  getOperationRootType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  typeFromAST,
  validate,
} from 'graphql'
import * as deskDocuments from './src/desk-documents.ts'
import * as documents from './src/documents.ts'

// Types of what the documents of the kit ask for: an interface for each fragment and operation, and the enums and inputs that they use.

const SCALARS: Readonly<Record<string, string>> = {
  Int: 'number',
  Float: 'number',
  Boolean: 'boolean',
  JSON: 'Readonly<Record<string, unknown>>',
}

/** Returns the TypeScript of `src/document-types.ts`. Throws what is wrong with a document. */
export function clientTypes(schema: GraphQLSchema): string {
  const used = new Set<string>()
  const made = new Map<string, string>()

  const docOf = (text: string | null | undefined): string =>
    text ? `/** ${text.replaceAll('*/', '* /').replace(/\s*\n\s*/g, ' ')} */\n` : ''
  const nameOf = (type: GraphQLInputType | GraphQLOutputType): string => {
    const { name } = getNamedType(type)
    if (isEnumType(getNamedType(type)) || isInputObjectType(getNamedType(type))) used.add(name)
    return isEnumType(getNamedType(type)) || isInputObjectType(getNamedType(type)) ? name : (SCALARS[name] ?? 'string')
  }
  const wrap = (type: GraphQLType, inner: string): string => {
    if (isNonNullType(type)) return wrap(type.ofType, inner).replace(/ \| null$/, '')
    return `${isListType(type) ? `readonly (${wrap(type.ofType, inner)})[]` : inner} | null`
  }

  const shapeOf = (set: SelectionSetNode, parent: GraphQLCompositeType): string => {
    const fields: string[] = []
    const parts: string[] = []
    const variants: string[] = []
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) parts.push(selection.name.value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition && typeFromAST(schema, selection.typeCondition)
        if (!isObjectType(type)) throw new Error('A fragment is on an object.')
        variants.push(`({ readonly __typename: '${type.name}' } & ${shapeOf(selection.selectionSet, type)})`)
      } else if (selection.name.value !== '__typename') {
        const field =
          isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[selection.name.value] : undefined
        if (!field) throw new Error(`There is no field ${parent.name}.${selection.name.value}`)
        const of = getNamedType(field.type)
        const inner =
          selection.selectionSet && (isObjectType(of) || isInterfaceType(of))
            ? shapeOf(selection.selectionSet, of)
            : nameOf(field.type)
        const isConditional = (selection.directives?.length ?? 0) > 0
        const key = `readonly ${(selection.alias ?? selection.name).value}${isConditional ? '?' : ''}`
        fields.push(`${docOf(field.description)}${key}: ${wrap(field.type, inner)}`)
      }
    }
    if (isInterfaceType(parent)) {
      const named = schema.getPossibleTypes(parent).map(({ name }) => name)
      const rest = named.filter((name) => !variants.some((variant) => variant.includes(`'${name}'`)))
      if (rest.length > 0) variants.push(`{ readonly __typename: ${rest.map((name) => `'${name}'`).join(' | ')} }`)
    }
    const own = fields.length > 0 ? [`{\n${fields.join('\n')}\n}`] : []
    return [...parts, ...own, ...(variants.length > 0 ? [`(${variants.join(' | ')})`] : [])].join(' & ')
  }

  const put = (name: string, doc: string, shape: string): void => {
    const text = `${doc}export type ${name} = ${shape}\n`
    if ((made.get(name) ?? text) !== text) throw new Error(`${name} is there twice.`)
    made.set(name, text)
  }
  const variablesOf = ({ variableDefinitions = [] }: OperationDefinitionNode): string => {
    const lines = variableDefinitions.map(({ variable, type, defaultValue }) => {
      const of = typeFromAST(schema, type as never) as GraphQLInputType
      const isOptional = !isNonNullType(of) || defaultValue
      return `readonly ${variable.name.value}${isOptional ? '?' : ''}: ${wrap(of, nameOf(of))}${isOptional ? ' | undefined' : ''}`
    })
    return `{\n${lines.join('\n')}\n}`
  }

  for (const [key, text] of Object.entries({ ...documents, ...deskDocuments })) {
    const document = parse(text)
    const isOfFragments = document.definitions.every(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
    const faults = isOfFragments ? [] : validate(schema, document)
    if (faults[0]) throw new Error(`${key}: ${faults[0].message}`)
    for (const one of document.definitions) {
      if (one.kind === Kind.FRAGMENT_DEFINITION) {
        const type = typeFromAST(schema, one.typeCondition)
        if (!isObjectType(type) && !isInterfaceType(type)) throw new Error(`${key} is on no object.`)
        put(one.name.value, docOf(type.description), shapeOf(one.selectionSet, type))
      } else if (one.kind === Kind.OPERATION_DEFINITION) {
        const root = getOperationRootType(schema, one)
        const name = one.name?.value ?? key
        put(`${name}Result`, docOf(`What ${key} answers.`), shapeOf(one.selectionSet, root))
        if (one.variableDefinitions?.length)
          put(`${name}Variables`, docOf(`The variables of ${key}.`), variablesOf(one))
      }
    }
  }
  for (const name of used) {
    const type = schema.getType(name)
    if (isEnumType(type)) {
      put(
        name,
        docOf(type.description),
        type
          .getValues()
          .map((value) => `'${value.name}'`)
          .join(' | '),
      )
    } else if (isInputObjectType(type)) {
      const lines = Object.values(type.getFields()).map(
        (field) =>
          `${docOf(field.description)}readonly ${field.name}?: ${wrap(field.type, nameOf(field.type))} | undefined`,
      )
      put(name, docOf(type.description), `{\n${lines.join('\n')}\n}`)
    }
  }
  return [...made.values()].join('\n')
}
