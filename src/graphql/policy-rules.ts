import {
  type ASTVisitor,
  type FieldNode,
  type FloatValueNode,
  GraphQLError,
  type IntValueNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import type { Limits } from '../lib/limits.ts'
import { inexactNumber, isExactNumber } from '../lib/numbers.ts'

interface Size {
  readonly depth: number
  readonly aliases: number
}

const NOTHING: Size = { depth: 0, aliases: 0 }

/**
 * Whether a field belongs to introspection, whose selections are not measured. graphql-js bounds their nesting itself, and the usual
 * introspection query is deeper than any other document.
 */
function isIntrospection(node: FieldNode): boolean {
  return node.name.value.startsWith('__')
}

/**
 * Returns a measure of depth and aliases, with fragments spread out. Each fragment is measured once, so the time depends on the length of
 * the text alone.
 */
function createMeasure(context: ValidationContext): (selections: SelectionSetNode) => Size {
  const fragments = new Map<string, Size>()

  const fragmentSize = (name: string): Size => {
    const known = fragments.get(name)
    if (known) return known
    // A cycle counts as nothing here; another rule refuses it.
    fragments.set(name, NOTHING)
    const fragment = context.getFragment(name)
    const size = fragment ? measure(fragment.selectionSet) : NOTHING
    fragments.set(name, size)
    return size
  }

  const nodeSize = (node: SelectionNode): Size => {
    if (node.kind === 'FragmentSpread') return fragmentSize(node.name.value)
    if (node.kind === 'InlineFragment') return measure(node.selectionSet)
    const inner = node.selectionSet && !isIntrospection(node) ? measure(node.selectionSet) : NOTHING
    return { depth: inner.depth + 1, aliases: inner.aliases + (node.alias ? 1 : 0) }
  }

  const measure = ({ selections }: SelectionSetNode): Size =>
    selections
      .map(nodeSize)
      .reduce(
        (sum, { depth, aliases }) => ({ depth: Math.max(sum.depth, depth), aliases: sum.aliases + aliases }),
        NOTHING,
      )

  return measure
}

function report(context: ValidationContext, message: string, nodes: OperationDefinitionNode | SelectionNode): void {
  context.reportError(new GraphQLError(message, { nodes }))
}

/**
 * Returns a validation rule that refuses operations that are nested too deep or have too many aliases. With aliases, one document could ask
 * for the same many times.
 */
export function sizeRule({
  documentDepth,
  documentAliases,
}: Pick<Limits, 'documentDepth' | 'documentAliases'>): ValidationRule {
  return (context): ASTVisitor => {
    const measure = createMeasure(context)
    return {
      OperationDefinition: (node) => {
        const { depth, aliases } = measure(node.selectionSet)
        if (depth > documentDepth) {
          report(context, `The document is ${depth} levels deep, at most ${documentDepth} are allowed.`, node)
        }
        if (aliases > documentAliases) {
          report(context, `The document has ${aliases} aliases, at most ${documentAliases} are allowed.`, node)
        }
      },
    }
  }
}

function isConditional({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name }) => name.value === 'skip' || name.value === 'include')
}

/**
 * A validation rule that refuses @skip and @include on the field of a subscription: whether there is one field must be known without
 * variables.
 */
export const unconditionalSubscriptionRule: ValidationRule = (context): ASTVisitor => {
  const visit = (node: OperationDefinitionNode, { selections }: SelectionSetNode, seen: Set<string>): void => {
    for (const selection of selections) {
      if (isConditional(selection)) {
        report(context, 'The field of a subscription must not use @skip or @include.', selection)
      }
      if (selection.kind === 'InlineFragment') visit(node, selection.selectionSet, seen)
      if (selection.kind !== 'FragmentSpread' || seen.has(selection.name.value)) continue
      const fragment = context.getFragment(selection.name.value)
      if (fragment) visit(node, fragment.selectionSet, seen.add(selection.name.value))
    }
  }
  return {
    OperationDefinition: (node) => {
      if (node.operation === 'subscription') visit(node, node.selectionSet, new Set())
    },
  }
}

/** A validation rule that refuses numbers which JavaScript cannot hold exactly (`isExactNumber`), anywhere in a document. */
export const exactNumbersRule: ValidationRule = (context): ASTVisitor => {
  const visit = (node: IntValueNode | FloatValueNode): void => {
    if (isExactNumber(node.value)) return
    context.reportError(new GraphQLError(`A number ${inexactNumber(node.value)}.`, { nodes: node }))
  }
  return { IntValue: visit, FloatValue: visit }
}
