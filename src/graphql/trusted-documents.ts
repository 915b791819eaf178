import { createHash } from 'node:crypto'
import { type DefinitionNode, type DocumentNode, type GraphQLError, type OperationDefinitionNode, print } from 'graphql'
import { type Costs, writeCost } from './cost.ts'
import type { PreparedDocument } from './document-cache.ts'
import { bareId } from './document-request.ts'
import { isRefused, type Policy } from './policy.ts'
import type { TrustedText } from './trusted-file.ts'

/** The trusted documents of an operator's list. Everything about them is prepared at the start. */
export interface TrustedDocuments {
  /** Finds a document by its id, without `sha256:`. */
  byId(id: string): PreparedDocument | undefined
  /** Finds a document by exactly its text. */
  byText(text: string): PreparedDocument | undefined
  /** Finds a document that says the same: spaces, comments and the order of its parts do not matter. */
  byMeaning(document: DocumentNode): PreparedDocument | undefined
  all(): Iterable<PreparedDocument>
}

/** What was found in a list of trusted documents. */
export interface TrustedFindings {
  readonly documents: TrustedDocuments
  /** Documents that cannot be executed, each with its name and what is wrong. */
  readonly mistakes: readonly string[]
  /** What looks strange, such as an id that is a wrong hash. These documents are used all the same. */
  readonly warnings: readonly string[]
}

const SHA256 = /^[\da-f]{64}$/

function isOperation(node: DefinitionNode): node is OperationDefinitionNode {
  return node.kind === 'OperationDefinition'
}

function operationsOf({ definitions }: DocumentNode): readonly OperationDefinitionNode[] {
  return definitions.filter(isOperation)
}

function namesOf(document: DocumentNode): readonly string[] {
  return operationsOf(document).map(({ name }) => name?.value ?? '')
}

/** The name of a document in messages: its operation and its id. The operation is found in the text, even when that cannot be parsed. */
function titleOf({ id, text }: TrustedText): string {
  const [, name] = /\b(?:query|mutation|subscription)\s+(\w+)/.exec(text) ?? []
  return name === undefined ? id : `${name} (${id})`
}

function meaningOf({ definitions }: DocumentNode): string {
  return definitions.map(print).sort().join('\n')
}

function describe({ message, locations }: GraphQLError): string {
  const [first] = locations ?? []
  return first ? `${message} (line ${first.line}, column ${first.column})` : message
}

function isWrongHash({ id, text }: TrustedText): boolean {
  const hash = bareId(id)
  return SHA256.test(hash) && createHash('sha256').update(text).digest('hex') !== hash
}

/** The rules by which trusted documents are judged. */
export interface TrustedRules {
  readonly policy: Pick<Policy, 'prepare'>
  readonly costs: Pick<Costs, 'compile'>
  /** The most that an operation may cost. */
  readonly operationCost: number
}

/** Which operations of a document cost too much, whatever their variables are. Compiles the costs of all its operations. */
function dearnessOf({ document }: PreparedDocument, { costs, operationCost }: TrustedRules): readonly string[] {
  return operationsOf(document).flatMap((operation) => {
    const cost = costs.compile(document, operation) ?? 0
    return cost > operationCost
      ? [`it costs ${writeCost(cost)}, at most ${operationCost} is allowed (MAX_OPERATION_COST).`]
      : []
  })
}

/**
 * Parses, checks and costs a list of documents. Those with mistakes are not among the found documents; whether mistakes matter is for the
 * caller to say.
 */
export function prepareTrusted(texts: readonly TrustedText[], rules: TrustedRules): TrustedFindings {
  const byId = new Map<string, PreparedDocument>()
  const byText = new Map<string, PreparedDocument>()
  const byMeaning = new Map<string, PreparedDocument>()
  const mistakes: string[] = []
  const warnings: string[] = []

  const add = (one: TrustedText, prepared: PreparedDocument): void => {
    const known = byId.get(bareId(one.id))
    if (known && known.text !== one.text) mistakes.push(`${titleOf(one)}: two documents have this id.`)
    const meaning = meaningOf(prepared.document)
    const document = byText.get(one.text) ?? prepared
    byId.set(bareId(one.id), document)
    byText.set(one.text, document)
    if (!byMeaning.has(meaning)) byMeaning.set(meaning, document)
  }

  for (const one of texts) {
    if (isWrongHash(one)) warnings.push(`${titleOf(one)}: the id is not the SHA-256 of the text.`)
    const prepared = rules.policy.prepare(one.text)
    const found = isRefused(prepared) ? prepared.errors.map(describe) : dearnessOf(prepared, rules)
    mistakes.push(...found.map((mistake) => `${titleOf(one)}: ${mistake}`))
    if (isRefused(prepared) || found.length > 0) continue
    if (namesOf(prepared.document).length === 0) mistakes.push(`${titleOf(one)}: there is no operation in it.`)
    else add(one, { ...prepared, bytes: 0, trustedNames: namesOf(prepared.document) })
  }

  return {
    documents: {
      byId: (id) => byId.get(id),
      byText: (text) => byText.get(text),
      byMeaning: (document) => byMeaning.get(meaningOf(document)),
      all: () => byText.values(),
    },
    mistakes,
    warnings,
  }
}
