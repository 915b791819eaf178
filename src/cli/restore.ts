import { resolve } from 'node:path'
import { type Config, loadConfig } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { StartError } from '../lib/start-error.ts'
import { DatabaseFileError } from '../storage/database-file-error.ts'
import { renewHistory } from '../storage/incarnation.ts'
import { openPostgresStorage } from '../storage/postgres-storage.ts'
import { isSqliteFile } from '../storage/sqlite-files.ts'
import { restoreDatabase } from '../storage/sqlite-restore.ts'
import { openSqliteStorage } from '../storage/sqlite-storage.ts'
import { moveToPostgres } from '../storage/sqlite-to-postgres.ts'
import { type CliCommand, CommandError, readArgument, UsageError } from './command.ts'
import { restoreCommand } from './postgres-tools.ts'
import { openProgress, type Progress, sizeOf } from './progress.ts'

const help = `Usage: herald restore <file>
       herald restore --renew

Puts a backup of "herald backup" in the place of the embedded database, which is kept beside it under another name.
Stop Herald first. The file is checked before anything is changed, and is only read.
With DATABASE_URL it copies the backup into that database, which must be empty: so a Herald moves to Postgres. For a
dump of Postgres the command for pg_restore is printed, and the exit code is 1.

A restored database begins a new history: clients that are older than that load their lists again.

Options:
  --renew       Restore nothing, but begin a new history in the present database. For after pg_restore, or whatever
                else set a database back.
  -h, --help    Show this.

Examples:
  herald restore /backups/herald-2026-11-29.db
  DATABASE_URL=postgres://herald@db/herald herald restore /backups/herald.db
  herald restore --renew
`

const NEW_HISTORY = 'It begins a new history: clients of before load their lists again.'

/** Runs a restore, and prints its progress. */
async function watched<Result>(run: (onProgress: Progress['onProgress']) => Promise<Result>): Promise<Result> {
  const progress = openProgress((done, total) => `Copied ${sizeOf(done)} of ${sizeOf(total)}`)
  try {
    return await run(progress.onProgress)
  } finally {
    progress.end()
  }
}

/** A CommandError for an error that an operator can mend. Other errors are bugs, and are returned as they are. */
function toCommandError(error: unknown): unknown {
  return error instanceof DatabaseFileError || error instanceof StartError || error instanceof AppError
    ? new CommandError(`${error.message} Nothing was changed.`)
    : error
}

async function restoreFile(from: string, { databaseFile }: Config): Promise<string> {
  const database = resolve(databaseFile)
  const old = await watched((onProgress) => restoreDatabase({ from, database, now: systemClock.now(), onProgress }))
  const kept = old === undefined ? '' : ` What was there before is ${old}.`
  return `Restored ${from} to ${database}. ${NEW_HISTORY}${kept}`
}

async function restoreIntoPostgres(from: string, { url }: NonNullable<Config['postgres']>): Promise<string> {
  if (!isSqliteFile(from)) {
    process.stdout.write(`${restoreCommand(url, from)} && herald restore --renew\n`)
    throw new CommandError(
      'Nothing was restored: DATABASE_URL is set, and Postgres restores its own. Stop all nodes and run the command above; ' +
        'pg_restore asks for the password, or takes PGPASSWORD or ~/.pgpass.',
    )
  }
  const rows = await watched((onProgress) => moveToPostgres({ from, url, onProgress }))
  return `Copied ${from} into the database at DATABASE_URL: ${rows} rows. ${NEW_HISTORY}`
}

async function renew({ postgres, databaseFile }: Config): Promise<string> {
  if (!postgres && !isSqliteFile(databaseFile)) throw new DatabaseFileError(`${databaseFile} is not a SQLite database.`)
  const storage = await (postgres ? openPostgresStorage(postgres) : openSqliteStorage({ file: resolve(databaseFile) }))
  try {
    await storage.write((tx) => renewHistory(tx))
  } finally {
    await storage.close()
  }
  return 'The database begins a new history: clients of before load their lists again.'
}

/**
 * The command `herald restore`: replaces the database by a backup, or begins a new history in a database that was restored by other means.
 */
export const restore: CliCommand = {
  help,
  run: async (args, env) => {
    const { values, argument } = readArgument(args, { renew: { type: 'boolean', default: false } })
    if (values.renew && argument !== undefined) throw new UsageError('Give either a file or --renew.')
    if (!values.renew && !argument) throw new UsageError('The file to restore is missing.')
    const config = loadConfig(env)
    const run = async (): Promise<string> => {
      if (values.renew) return renew(config)
      const from = resolve(argument ?? '')
      return config.postgres ? restoreIntoPostgres(from, config.postgres) : restoreFile(from, config)
    }
    const sentence = await run().catch((error: unknown) => Promise.reject(toCommandError(error)))
    process.stdout.write(`${sentence}\n`)
  },
}
