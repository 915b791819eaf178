import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Config, loadConfig } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { type CloseStack, createCloseStack } from '../lib/close-stack.ts'
import { AppError } from '../lib/errors.ts'
import { createLog } from '../lib/log.ts'
import { linesOf } from '../lib/ndjson.ts'
import { createImportNotifications } from '../notifications/import-notifications.ts'
import { whereIs } from '../shared.ts'
import type { ImportKind } from '../storage/import-kind.ts'
import { openNodeLease } from '../storage/node-lease.ts'
import { openPostgresStorage } from '../storage/postgres-storage.ts'
import { openSqliteStorage } from '../storage/sqlite-storage.ts'
import { createImportMessages } from '../tickets/import-messages.ts'
import { createImportReads } from '../tickets/import-reads.ts'
import {
  createAssumedTickets,
  createImportTickets,
  type ImportTargets,
  knownTickets,
} from '../tickets/import-tickets.ts'
import { type CliCommand, CommandError, readArgument, UsageError } from './command.ts'
import { type ImportReport, openImportReport } from './import-report.ts'
import { type ImportKinds, type ImportStore, importLines } from './import-run.ts'
import { openProgress, sizeOf } from './progress.ts'

const help = `Usage: herald import <file.ndjson> [options]

Brings what users had elsewhere into the database: notifications, tickets, messages and read marks, with their old times.
Nobody is told, and nothing is handed off. Stop Herald first. One JSON object per line; "-" reads standard input.
Import a file again whenever you like: what is there already stays, what is new is added. A line that cannot be stored is
refused, and the others are stored.

Lines, with fields as in the API; ids are those of the old service:
  {"kind":"notification","id":"1","userId":"alice","type":"order.shipped","title":"On its way","createdAt":"2026-01-31T08:30:00Z"}
      also category, body, data, actor, actionUrl, imageUrl, priority, expiresAt, seenAt, readAt, archivedAt
  {"kind":"ticket","id":"42","createdAt":"2026-01-31T08:30:00Z","participants":[{"id":"alice"}]}
      also subject, status, assignee
  {"kind":"message","id":"7","ticketId":"42","author":{"id":"alice"},"body":"Hello","createdAt":"2026-01-31T08:31:00Z"}
      also visibility, data, attachments, replyToId, editedAt; the oldest of a ticket first
  {"kind":"read","ticketId":"42","user":{"id":"bob","role":"AGENT"},"messageId":"7"}
      with readAt instead of messageId: what was there at that time

Options:
  --dry-run         Store nothing, but check the file by itself, also while Herald serves. Tickets that it does not have
                    are taken for known.
  --refused <file>  Write each refused line there, with the reason: {"line": …, "reason": …, "given": …}.
  --json            Print the summary as JSON.
  -h, --help        Show this.

Exit code 0 when all is stored, 1 when something was refused.

Examples:
  herald import export.ndjson --dry-run
  herald import export.ndjson --refused refused.ndjson
  psql -qAt -f export.sql | herald import -
`

const STOPPED = 'What was stored until now stays. Import the file again to go on.'

/** The kinds of lines, as messages and read marks of tickets of these targets are stored. */
function kindsOf({ limits }: Config, targets: ImportTargets): ImportKinds {
  const deps = { clock: systemClock, limits, targets }
  return new Map<string, ImportKind<unknown>>([
    ['notification', createImportNotifications(deps)],
    ['ticket', createImportTickets(deps)],
    ['message', createImportMessages(deps)],
    ['read', createImportReads(deps)],
  ])
}

/** Opens the database, which no node serves from until it is closed. Throws a StartError when one does. */
async function openStore(config: Config, closing: CloseStack): Promise<ImportStore> {
  const { postgres, databaseFile } = config
  const storage = await (postgres ? openPostgresStorage(postgres) : openSqliteStorage({ file: resolve(databaseFile) }))
  closing.add('storage', storage.close)
  const log = createLog({ level: 'silent', pretty: false })
  const lease = await openNodeLease({ storage, ...whereIs(config), isImporting: true, clock: systemClock, log })
  closing.add('lease', lease.close)
  return { storage, kinds: kindsOf(config, knownTickets), before: lease.check }
}

/** Opens an empty database that is deleted when it is closed. */
async function openTrial(config: Config, closing: CloseStack): Promise<ImportStore> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-import-'))
  closing.add('folder', () => rmSync(folder, { recursive: true, force: true }))
  const storage = await openSqliteStorage({ file: join(folder, 'herald.db'), synchronous: 'OFF' })
  closing.add('storage', storage.close)
  return { storage, kinds: kindsOf(config, createAssumedTickets()), before: async () => {} }
}

/** The bytes to import, and how many they are; 0 when that is not known. */
function openSource(file: string | undefined) {
  if (file === undefined) return { bytes: process.stdin, total: 0 }
  if (!existsSync(file) || !statSync(file).isFile()) throw new CommandError(`There is no file ${file}.`)
  return { bytes: createReadStream(file), total: statSync(file).size }
}

/** Passes bytes on, and says how many there were. Throws a CommandError when they cannot be read. */
async function* counted(bytes: AsyncIterable<Buffer>, onBytes: (count: number) => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of bytes) {
      onBytes(chunk.length)
      yield chunk
    }
  } catch (error) {
    if (error instanceof CommandError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`What is to be imported cannot be read: ${reason}. ${STOPPED}`)
  }
}

/** Imports a file, or standard input, and prints how far it is. */
async function importFile(
  file: string | undefined,
  {
    store,
    report,
    maxLineBytes,
  }: { readonly store: ImportStore; readonly report: ImportReport; readonly maxLineBytes: number },
): Promise<void> {
  const { bytes, total } = openSource(file)
  let done = 0
  const describe = (): string =>
    total === 0 ? `Read ${report.lines} lines` : `Read ${sizeOf(done)} of ${sizeOf(total)}, ${report.lines} lines`
  const progress = openProgress(describe, { least: 0, stopped: STOPPED, onStop: (error) => bytes.destroy(error) })
  const source = counted(bytes, (count) => {
    done += count
  })
  const before = (): Promise<void> => {
    progress.onProgress(done, total)
    return store.before()
  }
  try {
    for await (const results of importLines(linesOf(source, maxLineBytes), { ...store, before })) report.add(results)
  } finally {
    progress.end()
    bytes.destroy()
  }
}

/** A CommandError for an outage, which an operator can mend. Other errors are returned as they are. */
function toCommandError(error: unknown): unknown {
  return error instanceof AppError ? new CommandError(`${error.message} ${STOPPED}`) : error
}

function print(report: ImportReport, name: string, isTrial: boolean): void {
  const lines = `${report.lines} line${report.lines === 1 ? '' : 's'}`
  const last = isTrial ? `Checked ${name}: ${lines}. Nothing was stored.` : `Imported ${name}: ${lines}.`
  process.stdout.write(`${[...report.sentences(), last].join('\n')}\n`)
}

/** The command `herald import`: stores the notifications, tickets, messages and read marks of a file, with their old times. */
export const importCommand: CliCommand = {
  help,
  run: async (args, env) => {
    const { values, argument } = readArgument(args, {
      'dry-run': { type: 'boolean', default: false },
      refused: { type: 'string' },
      json: { type: 'boolean', default: false },
    })
    if (!argument) throw new UsageError('The file to import is missing.')
    const config = loadConfig(env)
    const isTrial = values['dry-run']
    const file = argument === '-' ? undefined : resolve(argument)
    const closing = createCloseStack()
    try {
      const report = openImportReport({
        refusedFile: values.refused,
        source: file,
        readDays: config.retention.readDays,
        now: systemClock.now(),
      })
      closing.add('refused lines', report.close)
      const store = await (isTrial ? openTrial : openStore)(config, closing)
      await importFile(file, { store, report, maxLineBytes: config.limits.requestBytes })
      if (values.json) process.stdout.write(`${report.toJson()}\n`)
      else print(report, file ?? 'standard input', isTrial)
      if (report.refused > 0) throw new CommandError(`Refused lines: ${report.refused}.`)
    } catch (error) {
      throw toCommandError(error)
    } finally {
      await closing.close()
    }
  },
}
