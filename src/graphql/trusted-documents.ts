import { createHash } from 'node:crypto'
import { type DefinitionNode, type DocumentNode, type GraphQLError, type OperationDefinitionNode, print } from 'graphql'
import { type Costs, writeCost } from './cost.ts'
import type { PreparedDocument } from './document-cache.ts'
import { bareId } from './document-request.ts'
import { isRefused, type Policy } from './policy.ts'
import type { TrustedText } from './trusted-file.ts'

/** Documents that the operator has put on a list, with everything about them made at the start. */
export interface TrustedDocuments {
  /** By its id, without `sha256:`. */
  byId(id: string): PreparedDocument | undefined
  /** By exactly its text. */
  byText(text: string): PreparedDocument | undefined
  /** By what it says: spaces, comments and the order of its parts do not matter. */
  byMeaning(document: DocumentNode): PreparedDocument | undefined
  all(): Iterable<PreparedDocument>
}

/** What is to be said about a list. */
export interface TrustedFindings {
  readonly documents: TrustedDocuments
  /** Documents that cannot be executed, each with its name and what is wrong. */
  readonly mistakes: readonly string[]
  /** What may be meant otherwise. */
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

/** A document as people call it: by the name of its operation, which a text shows even when it cannot be read. */
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

/** What a document is judged by. */
export interface TrustedRules {
  readonly policy: Pick<Policy, 'prepare'>
  readonly costs: Pick<Costs, 'compile'>
  /** What an operation may cost. */
  readonly operationCost: number
}

/** What is wrong with the costs of a document, whatever its variables are; they are made with this. */
function dearnessOf({ document }: PreparedDocument, { costs, operationCost }: TrustedRules): readonly string[] {
  return operationsOf(document).flatMap((operation) => {
    const cost = costs.compile(document, operation) ?? 0
    return cost > operationCost
      ? [`it costs ${writeCost(cost)}, at most ${operationCost} is allowed (MAX_OPERATION_COST).`]
      : []
  })
}

/** Reads, checks and costs a list. Whether mistakes matter is for the caller to say; they are not among the documents. */
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
