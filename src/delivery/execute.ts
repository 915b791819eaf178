import { createHash } from 'node:crypto'
import {
  BREAK,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FragmentDefinitionNode,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import { canonicalJson } from '../lib/json.ts'
import { type Complete, compileType } from './compile.ts'
import { fieldsOf, type Selecting } from './selection.ts'

/** Makes the result of a subscription for one item. Never rejects. Errors in the result are masked, so it may be sent to the client. */
export type Execute = (item: unknown) => ExecutionResult | Promise<ExecutionResult>

/** The `resolve` of every subscription field: the item is the value of the field. A field with another `resolve` is never compiled. */
export function itself<Item>(item: Item): Item {
  return item
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((one) => (one.kind === 'FragmentDefinition' ? [[one.name.value, one] as const] : [])),
  )
}

/** The coerced variables of an operation. */
type Variables = Selecting['variables']

/**
 * Compiles an operation to a function that makes the data of a result for one item. Undefined when that cannot be compiled (`compileType`).
 */
function compileOperation(
  { schema, document, operationName }: ExecutionArgs,
  variables: Variables,
): Complete | undefined {
  const operation = getOperationAST(document, operationName)
  const type = schema.getSubscriptionType()
  if (operation?.operation !== 'subscription' || !type) return undefined
  const selecting: Selecting = { schema, fragments: fragmentsOf(document), variables }
  const [[key, nodes] = [], ...others] = fieldsOf([operation.selectionSet], type, selecting)
  const field = nodes?.[0] && type.getFields()[nodes[0].name.value]
  if (key === undefined || !field || field.resolve !== itself || others.length > 0) return undefined
  const selections = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  const complete = compileType(field.type, selections, selecting)
  return complete && ((item) => ({ [key]: complete(item) }))
}

function compile(args: ExecutionArgs, variables: Variables): Complete | undefined {
  try {
    return compileOperation(args, variables)
  } catch {
    // Executing the operation will report what is wrong.
    return undefined
  }
}

/** The coerced variables; undefined when they are not valid. */
function coerce(
  { schema, variableValues }: ExecutionArgs,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Variables | undefined {
  return getVariableValues(schema, variableDefinitions, variableValues ?? {}).coerced
}

/** Whether a document has `@skip` or `@include`, so that variables can decide which fields are asked for. */
function isConditional(document: DocumentNode): boolean {
  let isSo = false
  visit(document, {
    Directive: ({ name }) => {
      if (name.value !== 'skip' && name.value !== 'include') return undefined
      isSo = true
      return BREAK
    },
  })
  return isSo
}

const NO_VARIABLES: Variables = {}

/** A compiled operation. `conditional`: it is compiled for each set of variables. Undefined: it cannot be compiled. */
type Compiled = Complete | 'conditional' | undefined

/**
 * Returns a function that makes the `Execute` of a subscription. When a document only selects values that are in the item as they are, it
 * is compiled once per operation, and an item costs no execution by graphql-js. Everything else is executed by `run`.
 */
export function createExecute(
  run: (args: ExecutionArgs) => Promise<ExecutionResult>,
): (args: ExecutionArgs) => Execute {
  // By operation object, not by name: names that clients invent would be kept for as long as the document.
  const compiled = new WeakMap<OperationDefinitionNode, Compiled>()

  const compileOnce = (args: ExecutionArgs): Complete | undefined => {
    const operation = getOperationAST(args.document, args.operationName)
    if (!operation) return undefined
    if (!compiled.has(operation)) {
      compiled.set(operation, isConditional(args.document) ? 'conditional' : compile(args, NO_VARIABLES))
    }
    const known = compiled.get(operation)
    if (known !== 'conditional') return known
    const variables = coerce(args, operation)
    return variables && compile(args, variables)
  }

  return (args) => {
    const complete = compileOnce(args)
    return (item) => {
      try {
        if (complete) return { data: complete(item) as Record<string, unknown> }
      } catch {
        // The item is not plain: it is executed.
      }
      return run({ ...args, rootValue: item })
    }
  }
}

/** The arguments with which a subscription is executed. */
export interface SubscriptionArgs extends ExecutionArgs {
  /** A hash of the document's text: documents with the same one are equal. */
  readonly documentDigest: string
}

/** The most characters of an operation key. A longer one is kept as its hash, since each subscriber has one. */
const MAX_LENGTH = 200

/** The name of the variable that is only used for the argument `after`: it differs between clients, and changes no result. */
function startVariable(operation: OperationDefinitionNode): string | undefined {
  const [field] = operation.selectionSet.selections
  const after = field?.kind === 'Field' ? field.arguments?.find(({ name }) => name.value === 'after') : undefined
  if (after?.value.kind !== 'Variable') return undefined
  const start = after.value.name.value
  let uses = 0
  visit(operation, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      if (name.value === start) uses += 1
    },
  })
  return uses === 1 ? start : undefined
}

function shorten(key: string): string {
  return key.length > MAX_LENGTH ? createHash('sha256').update(key).digest('base64url') : key
}

/**
 * The operation key of a subscription: a text made of the document's hash, the operation name, and the variables without that for `after`.
 * Two subscriptions with the same key and the same scope get the same results.
 */
export function operationKey({ document, documentDigest, operationName, variableValues }: SubscriptionArgs): string {
  const operation = getOperationAST(document, operationName)
  const start = operation && startVariable(operation)
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => name !== start)
  return shorten(canonicalJson([documentDigest, operationName ?? null, Object.fromEntries(variables)]))
}
