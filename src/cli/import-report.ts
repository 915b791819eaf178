import { closeSync, existsSync, openSync, realpathSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { CommandError } from './command.ts'
import type { LineResult } from './import-run.ts'

/** How many lines of a kind became what. */
interface Counts {
  stored: number
  updated: number
  known: number
  refused: number
}

/** What an import has done so far. */
export interface ImportReport {
  /** Counts lines, and shows those that were refused. */
  add(results: readonly LineResult[]): void
  /** How many lines there were, and how many of them were refused. */
  readonly lines: number
  readonly refused: number
  /** The counts of each kind, as sentences for people. */
  sentences(): readonly string[]
  /** The same as JSON. */
  toJson(): string
  /** Closes the file of refused lines. */
  close(): void
}

/** Refused lines that are shown; the file has all. */
const SHOWN = 20
const UNKNOWN_KIND = 'unknown kind'

function openRefused(file: string, source: string | undefined): number {
  if (!existsSync(dirname(file))) throw new CommandError(`There is no folder ${dirname(file)} for the refused lines.`)
  if (source !== undefined && existsSync(file) && realpathSync(file) === realpathSync(source)) {
    throw new CommandError(`${file} is the file that is imported: give another one for the refused lines.`)
  }
  // The content is private: no other user of this machine may read it.
  return openSync(file, 'w', 0o600)
}

function sentenceOf(kind: string, { stored, updated, known, refused }: Counts): string {
  if (kind === UNKNOWN_KIND) return `${kind}: ${refused} refused.`
  const marked = updated === 0 ? '' : `, ${updated} got marks`
  return `${kind}: ${stored} stored${marked}, ${known} there already, ${refused} refused.`
}

/** Opens a report. Refused lines are also written into `refusedFile`, if there is one, which must not be the imported file `source`. */
export function openImportReport(refusedFile: string | undefined, source: string | undefined): ImportReport {
  const file = refusedFile === undefined ? undefined : openRefused(refusedFile, source)
  const byKind = new Map<string, Counts>()
  let lines = 0
  let refused = 0

  const refuse = ({ line, given }: LineResult, reason: string): void => {
    refused += 1
    if (file !== undefined) writeSync(file, `${JSON.stringify({ line, reason, given })}\n`)
    if (refused <= SHOWN) process.stderr.write(`line ${line}: ${reason}\n`)
    if (refused === SHOWN + 1) process.stderr.write('… and more; --refused <file> writes all of them.\n')
  }

  return {
    add: (results) => {
      for (const result of results) {
        const { kind = UNKNOWN_KIND, outcome } = result
        const counts = byKind.get(kind) ?? { stored: 0, updated: 0, known: 0, refused: 0 }
        byKind.set(kind, counts)
        counts[typeof outcome === 'string' ? outcome : 'refused'] += 1
        if (typeof outcome !== 'string') refuse(result, outcome.refused)
      }
      lines += results.length
    },
    get lines() {
      return lines
    },
    get refused() {
      return refused
    },
    sentences: () => [...byKind].map(([kind, counts]) => sentenceOf(kind, counts)),
    toJson: () => JSON.stringify({ lines, refused, kinds: Object.fromEntries(byKind) }),
    close: () => {
      if (file !== undefined) closeSync(file)
    },
  }
}
