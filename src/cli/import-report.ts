import { closeSync, existsSync, openSync, realpathSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseTime } from '../lib/time.ts'
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
const DAY_MS = 24 * 60 * 60 * 1000
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

/** Whether a notification was read or archived before a time, by what its line says. */
function hasHadItsTime({ kind, given, outcome }: LineResult, before: number): boolean {
  if (kind !== 'notification' || outcome !== 'stored') return false
  const { readAt, archivedAt } = given as { readonly readAt?: string | null; readonly archivedAt?: string | null }
  return [readAt, archivedAt].some((time) => typeof time === 'string' && (parseTime(time) ?? before) < before)
}

function retentionSentence(count: number, readDays: number): string {
  const which = count === 1 ? 'A stored notification was' : `${count} stored notifications were`
  return `${which} read or archived more than RETENTION_READ_DAYS=${readDays} days ago: a Herald that serves deletes what is so old.`
}

/** Where a report writes what was refused, and what it knows of the file and of Herald. */
interface ReportOptions {
  /** The file for refused lines, which must not be the imported file. Undefined: they are only shown. */
  readonly refusedFile: string | undefined
  /** The imported file. Undefined: standard input. */
  readonly source: string | undefined
  /** How long notifications are kept after they were read, in days. */
  readonly readDays: number
  /** The time of the import, in milliseconds since 1970. */
  readonly now: number
}

/** Opens a report of an import that begins. */
export function openImportReport({ refusedFile, source, readDays, now }: ReportOptions): ImportReport {
  const file = refusedFile === undefined ? undefined : openRefused(refusedFile, source)
  const byKind = new Map<string, Counts>()
  let lines = 0
  let refused = 0
  let old = 0

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
        if (hasHadItsTime(result, now - readDays * DAY_MS)) old += 1
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
    sentences: () => [
      ...[...byKind].map(([kind, counts]) => sentenceOf(kind, counts)),
      ...(old === 0 ? [] : [retentionSentence(old, readDays)]),
    ],
    toJson: () => JSON.stringify({ lines, refused, old, kinds: Object.fromEntries(byKind) }),
    close: () => {
      if (file !== undefined) closeSync(file)
    },
  }
}
