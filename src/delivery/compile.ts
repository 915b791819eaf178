import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql'
import { fieldsOf, type Selecting } from './selection.ts'

/** Makes the data that a selection asks for of a value. Throws when the value is not plain, so that graphql-js has to execute it. */
export type Complete = (value: unknown) => unknown

/**
 * Thrown for every value that is not the plain case, such as an error. graphql-js then executes it, so that results are always the same.
 */
const NOT_PLAIN = new Error('This must be executed.')

function giveUp(): never {
  throw NOT_PLAIN
}

type Row = Readonly<Record<string, unknown>>

function rowOf(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : giveUp()
}

function completeLeaf(type: GraphQLLeafType): Complete {
  return (value) => type.serialize(value) ?? giveUp()
}

function nullable(complete: Complete): Complete {
  return (value) => (value === null || value === undefined ? null : complete(value))
}

function completeList(complete: Complete): Complete {
  return (value) => (Array.isArray(value) ? value.map(complete) : giveUp())
}

/** Which property each resolver reads that `property` has made, and what it makes of that. */
const properties = new WeakMap<object, { readonly name: string; readonly change?: (value: never) => unknown }>()

/** Resolves a field to a property of its object. */
export interface PropertyField<Name extends string, Value, Result> {
  resolve<Its extends Value>(source: Readonly<Record<Name, Its>>): unknown extends Result ? Its : Result
}

/**
 * Makes the resolver of a field that is a property of its object under another name, or that `change` makes of one. Compiled documents
 * read the property as they read one under its own name. Example: `Actor: { userId: property('id') }`.
 */
export function property<Name extends string, Value = unknown, Result = unknown>(
  name: Name,
  change?: (value: Value) => Result,
): PropertyField<Name, Value, Result> {
  const resolve = (source: Readonly<Record<Name, Value>>) => (change ? change(source[name]) : source[name])
  properties.set(resolve, { name, ...(change && { change }) })
  // As an object: a bare function would be bound, and not be known again.
  return { resolve: resolve as PropertyField<Name, Value, Result>['resolve'] }
}

/** The property that a field reads without anything to execute: its own name, or that of `property`. Undefined: its resolver decides. */
export function propertyOf({
  name,
  resolve,
}: Pick<GraphQLField<unknown, never>, 'name' | 'resolve'>): string | undefined {
  return resolve === undefined || resolve === defaultFieldResolver ? name : properties.get(resolve)?.name
}

/** By resolver: finds the value of a field where nothing has to be read for it. */
const shortcuts = new WeakMap<object, (source: never) => unknown>()

/**
 * Makes the resolver of a field that often needs no reading. `known` finds its value in the object, or undefined when `resolve` has to
 * read it. Compiled documents take what is known, and are executed only for the rest. Example: a message that answers no other one.
 */
export function knownOr<Source, Args, Context, Info, Known, Read>(
  known: (source: Source) => Known | undefined,
  resolve: (source: Source, args: Args, context: Context, info: Info) => Read,
) {
  const either = (source: Source, args: Args, context: Context, info: Info): Known | Read => {
    const value = known(source)
    return value === undefined ? resolve(source, args, context, info) : value
  }
  shortcuts.set(either, known)
  return { resolve: either }
}

/** Whether a field has a resolver of `knownOr`. */
export function hasShortcut({ resolve }: Pick<GraphQLField<unknown, never>, 'resolve'>): boolean {
  return resolve !== undefined && shortcuts.has(resolve)
}

/** Takes the value of a field that is known without reading. */
function readKnown(known: (source: never) => unknown, complete: Complete): Complete {
  return (row) => {
    const value = known(row as never)
    return value === undefined ? giveUp() : complete(value)
  }
}

/**
 * Reads a field as the default resolver of graphql-js does. Only that one calls a value that is a function, so such a value is not plain.
 */
function readField(name: string, complete: Complete, change?: (value: never) => unknown): Complete {
  return (row) => {
    const value = (row as Row)[name]
    return typeof value === 'function' ? giveUp() : complete(change ? change(value as never) : value)
  }
}

/**
 * Compiles selections on a type to a function that makes their data from a value. Undefined when that cannot be compiled: a selected field
 * has a resolver that is not of `property`, or an argument, or a type decides at run time.
 */
export function compileType(
  type: GraphQLOutputType,
  selections: readonly SelectionSetNode[],
  selecting: Selecting,
): Complete | undefined {
  if (isNonNullType(type)) {
    const complete = compileNonNull(type.ofType, selections, selecting)
    return complete && ((value) => (value === null || value === undefined ? giveUp() : complete(value)))
  }
  const complete = compileNonNull(type, selections, selecting)
  return complete && nullable(complete)
}

function compileNonNull(
  type: GraphQLOutputType,
  selections: readonly SelectionSetNode[],
  selecting: Selecting,
): Complete | undefined {
  if (isLeafType(type)) return completeLeaf(type)
  if (isObjectType(type)) return type.isTypeOf ? undefined : compileObject(type, selections, selecting)
  if (isListType(type)) {
    const complete = compileType(type.ofType, selections, selecting)
    return complete && completeList(complete)
  }
  if (!isAbstractType(type) || type.resolveType) return undefined
  const byName = new Map<unknown, Complete>()
  for (const possible of selecting.schema.getPossibleTypes(type)) {
    const complete = compileNonNull(possible, selections, selecting)
    if (!complete) return undefined
    byName.set(possible.name, complete)
  }
  return (value) => (byName.get(rowOf(value)['__typename']) ?? giveUp)(value)
}

function compileObject(
  type: GraphQLObjectType,
  selections: readonly SelectionSetNode[],
  selecting: Selecting,
): Complete | undefined {
  const fields: (readonly [key: string, complete: Complete])[] = []
  for (const [key, nodes] of fieldsOf(selections, type, selecting)) {
    const complete = compileField(type, nodes, selecting)
    // Assigning to `__proto__` of an object adds no property.
    if (!complete || key === '__proto__') return undefined
    fields.push([key, complete])
  }
  return (value) => {
    const row = rowOf(value)
    const result: Record<string, unknown> = {}
    for (const [key, complete] of fields) result[key] = complete(row)
    return result
  }
}

function compileField(
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  selecting: Selecting,
): Complete | undefined {
  const name = nodes[0]?.name.value ?? ''
  if (name === '__typename') return () => type.name
  const field = type.getFields()[name]
  const source = field && propertyOf(field)
  const known = field?.resolve && shortcuts.get(field.resolve)
  if (!field || (source === undefined && !known)) return undefined
  if (nodes.some(({ arguments: given }) => given?.length)) return undefined
  const complete = compileType(
    field.type,
    nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
    selecting,
  )
  if (!complete) return undefined
  if (source === undefined) return known && readKnown(known, complete)
  const change = field.resolve && properties.get(field.resolve)?.change
  return readField(source, complete, change)
}
