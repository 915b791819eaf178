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

/** Makes the result of a subscription for one item that is delivered to it. Never rejects; its errors are fit to leave. */
export type Execute = (item: unknown) => ExecutionResult | Promise<ExecutionResult>

/**
 * The `resolve` of every subscription field: an item is what the field says. A field with another one is never
 * compiled.
 */
export function itself<Item>(item: Item): Item {
  return item
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((one) => (one.kind === 'FragmentDefinition' ? [[one.name.value, one] as const] : [])),
  )
}

/** Those that decide which fields are asked for. */
type Variables = Selecting['variables']

/** Makes the data of a result for one item; undefined when a selected field has a resolver of its own. */
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
    // What is wrong is told by the execution.
    return undefined
  }
}

/** Undefined when they are wrong. */
function coerce(
  { schema, variableValues }: ExecutionArgs,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Variables | undefined {
  return getVariableValues(schema, variableDefinitions, variableValues ?? {}).coerced
}

/** Whether which fields are asked for can depend on variables. */
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

/** How an operation is executed, whatever its variables are: compiled, one by one for each set of variables, or not at all. */
type Compiled = Complete | 'conditional' | undefined

/**
 * Makes the execution of subscriptions. Where all that a document selects stands in the item as it is, the way there is compiled
 * once per operation of a document, and an item costs no execution. `run` executes everything else.
 */
export function createExecute(
  run: (args: ExecutionArgs) => Promise<ExecutionResult>,
): (args: ExecutionArgs) => Execute {
  // By the operations themselves: names that clients make up would be kept as long as the document.
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
        // What is wrong is told by the execution.
      }
      return run({ ...args, rootValue: item })
    }
  }
}

/** A subscription as it was asked. */
export interface SubscriptionArgs extends ExecutionArgs {
  /** Names the text of the document: documents with the same one are equal. */
  readonly documentDigest: string
}

/** A key is kept once per subscriber, so a long one is kept as its hash. */
const MAX_LENGTH = 200

/** The variable that is used for nothing but where a log begins: it differs from client to client and changes no result. */
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
 * Names what a subscription asks: the document, the operation in it, and the variables. Two subscriptions with
 * the same name get the same results, as far as those do not depend on who asks. Documents are told apart by their text.
 */
export function operationKey({ document, documentDigest, operationName, variableValues }: SubscriptionArgs): string {
  const operation = getOperationAST(document, operationName)
  const start = operation && startVariable(operation)
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => name !== start)
  return shorten(canonicalJson([documentDigest, operationName ?? null, Object.fromEntries(variables)]))
}
