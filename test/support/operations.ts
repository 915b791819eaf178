import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Kind, type OperationDefinitionNode, parse, print, visit } from 'graphql'

/** An operation of a text with several. */
export interface OperationText {
  readonly definition: OperationDefinitionNode
  /** With the fragments that it uses. */
  readonly text: string
}

/** The operations of a text, each alone with the fragments that it uses. */
export function operationsOf(all: string): readonly OperationText[] {
  const { definitions } = parse(all)
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  return definitions
    .filter((one) => one.kind === Kind.OPERATION_DEFINITION)
    .map((definition) => {
      const used = new Set<string>()
      visit(definition, { FragmentSpread: ({ name }) => void used.add(name.value) })
      const parts = fragments.filter(({ name }) => used.has(name.value))
      return { definition, text: [definition, ...parts].map(print).join('\n') }
    })
}

/** Reads a file of operations in `examples/kit`; returns each by its name. */
export function operationsIn(file: string): Readonly<Record<string, string>> {
  const all = readFileSync(resolve(import.meta.dirname, '../../examples/kit', file), 'utf8')
  return Object.fromEntries(operationsOf(all).map(({ definition, text }) => [definition.name?.value, text]))
}
