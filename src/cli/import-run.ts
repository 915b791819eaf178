import { AppError, badInput } from '../lib/errors.ts'
import { parseFaithfulJson } from '../lib/json-text.ts'
import type { TextLine } from '../lib/ndjson.ts'
import type { ImportKind, ImportOutcome } from '../storage/import-kind.ts'
import type { Storage, Tx } from '../storage/storage.ts'

/** What became of one line. */
export interface LineResult {
  readonly line: number
  /** The kind that the line names. Undefined: none that is known. */
  readonly kind: string | undefined
  readonly outcome: ImportOutcome
  /** What the line says: a JSON value, or its text when it is none. Undefined: it cannot be read. */
  readonly given: unknown
}

/** A line of which it is known whether it can be stored. */
interface Checked {
  readonly line: number
  readonly kind: string | undefined
  readonly given: unknown
  readonly draft: unknown
  /** Why it is refused already. */
  readonly refused?: string
}

/** The kinds of things that can be imported, by the `kind` of a line. */
export type ImportKinds = ReadonlyMap<string, ImportKind<unknown>>

/** Lines of one transaction: so few that what a broken import does again takes no time. */
const LINES_PER_TRANSACTION = 500
/** Characters of the lines of one transaction, about. */
const TEXT_PER_TRANSACTION = 2 * 1024 * 1024

/** Names what a value is not: an object with a known kind. */
function kindOf(value: unknown, kinds: ImportKinds): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw badInput('The line is no JSON object.')
  const { kind } = value as { readonly kind?: unknown }
  if (typeof kind === 'string' && kinds.has(kind)) return kind
  throw badInput(`kind must be ${[...kinds.keys()].join(' or ')}.`)
}

function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message
  if (error instanceof SyntaxError) return `The line is no JSON: ${error.message}.`
  throw error
}

function check({ number: line, text, mistake }: TextLine, kinds: ImportKinds): Checked {
  let given: unknown = text
  let kind: string | undefined
  if (mistake !== undefined) return { line, kind, given, draft: undefined, refused: mistake }
  try {
    given = parseFaithfulJson(text ?? '')
    kind = kindOf(given, kinds)
    return { line, kind, given, draft: kinds.get(kind)?.check(given) }
  } catch (error) {
    return { line, kind, given, draft: undefined, refused: reasonOf(error) }
  }
}

/** Lines of one kind that follow each other. */
interface Run {
  readonly kind: string | undefined
  readonly lines: Checked[]
}

/** Lines in their order, in runs. What is refused already is left out. */
function runsOf(lines: readonly Checked[]): readonly Run[] {
  const runs: Run[] = []
  for (const line of lines) {
    if (line.refused !== undefined) continue
    const run = runs.at(-1)
    if (run?.kind === line.kind) run?.lines.push(line)
    else runs.push({ kind: line.kind, lines: [line] })
  }
  return runs
}

async function storeRuns(tx: Tx, lines: readonly Checked[], kinds: ImportKinds): Promise<Map<number, ImportOutcome>> {
  const outcomes = new Map<number, ImportOutcome>()
  for (const run of runsOf(lines)) {
    const drafts = run.lines.map(({ draft }) => draft)
    const stored = await kinds.get(run.kind ?? '')?.store(tx, drafts)
    for (const [index, { line }] of run.lines.entries()) outcomes.set(line, stored?.[index] ?? 'known')
  }
  return outcomes
}

/** Where lines are stored. */
export interface ImportStore {
  readonly storage: Pick<Storage, 'write'>
  readonly kinds: ImportKinds
  /** Called before each transaction. What it throws ends the import. */
  readonly before: () => Promise<void>
}

async function storeLines(lines: readonly Checked[], { storage, kinds, before }: ImportStore): Promise<LineResult[]> {
  await before()
  const outcomes = await storage.write((tx) => storeRuns(tx, lines, kinds))
  return lines.map(({ line, kind, given, refused }) => ({
    line,
    kind,
    given,
    outcome: refused === undefined ? (outcomes.get(line) ?? 'known') : { refused },
  }))
}

/**
 * Imports lines in their order, a few hundred with each transaction, and says of each what became of it, once that is on disk. Empty lines are
 * passed over. At the end it finishes each kind.
 */
export async function* importLines(lines: AsyncIterable<TextLine>, store: ImportStore): AsyncGenerator<LineResult[]> {
  let batch: Checked[] = []
  let text = 0
  for await (const line of lines) {
    if (line.text?.trim() === '') continue
    batch.push(check(line, store.kinds))
    text += line.text?.length ?? 0
    if (batch.length < LINES_PER_TRANSACTION && text < TEXT_PER_TRANSACTION) continue
    yield await storeLines(batch, store)
    batch = []
    text = 0
  }
  if (batch.length > 0) yield await storeLines(batch, store)
  const { storage, kinds, before } = store
  for (const kind of kinds.values()) {
    await kind.finish?.(async (work) => {
      await before()
      return storage.write(work)
    })
  }
}
