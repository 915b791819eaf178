import { chmodSync, existsSync, realpathSync, renameSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { loadConfig } from '../config.ts'
import { aboutFile, DatabaseFileError } from '../storage/database-file-error.ts'
import { copyDatabase, removeDatabase, syncFile } from '../storage/sqlite-files.ts'
import { type CliCommand, CommandError, readArgument, UsageError } from './command.ts'
import { dumpCommand } from './postgres-tools.ts'
import { openProgress, sizeOf } from './progress.ts'

const help = `Usage: herald backup <file> [options]

Copies the embedded database into one file, also while a Herald serves from it: all that was stored when the
copy began. The copy is checked before it gets its name; when something fails, there is no file.
With DATABASE_URL nothing is copied: the command for pg_dump that makes the backup is printed, and the exit code is 1.

Options:
  --overwrite   Replace the file when it exists.
  -h, --help    Show this.

Examples:
  herald backup /backups/herald-$(date +%F).db
  DATA_DIR=/data herald backup /backups/herald.db --overwrite
`

/** Throws a CommandError unless the backup can be written to `file` without losing anything. */
function requireFree(file: string, database: string, mayOverwrite: boolean): void {
  if (!existsSync(database)) throw new CommandError(`There is no database ${database}: set DATA_DIR to its folder.`)
  if (!existsSync(dirname(file))) throw new CommandError(`There is no folder ${dirname(file)} for the backup.`)
  if (!existsSync(file)) return
  if (realpathSync(file) === realpathSync(database)) {
    throw new CommandError(`${file} is the database itself: give the backup another name.`)
  }
  if (!statSync(file).isFile()) throw new CommandError(`${file} is no file: give the backup another name.`)
  if (!mayOverwrite) throw new CommandError(`${file} exists: give another name, or --overwrite.`)
}

async function backUp(database: string, file: string): Promise<number> {
  const partial = join(dirname(file), `.herald-backup-${process.pid}.partial`)
  const progress = openProgress((done, total) => `Copied ${sizeOf(done)} of ${sizeOf(total)}`)
  try {
    await copyDatabase(database, partial, progress.onProgress)
    // The content is private: no other user of this machine may read it.
    chmodSync(partial, 0o600)
    const { size } = statSync(partial)
    renameSync(partial, file)
    syncFile(dirname(file))
    return size
  } catch (error) {
    removeDatabase(partial)
    const reason = aboutFile(file, error)
    throw reason instanceof DatabaseFileError ? new CommandError(`${reason.message} No backup was made.`) : reason
  } finally {
    progress.end()
  }
}

/** The command `herald backup`: makes a backup of the embedded database, or prints how to make one of a Postgres database. */
export const backup: CliCommand = {
  help,
  run: async (args, env) => {
    const { values, argument } = readArgument(args, { overwrite: { type: 'boolean', default: false } })
    if (argument === undefined || argument === '') throw new UsageError('The file for the backup is missing.')
    const { postgres, databaseFile } = loadConfig(env)
    if (postgres) {
      process.stdout.write(`${dumpCommand(postgres.url, argument)}\n`)
      throw new CommandError(
        'No backup was made: DATABASE_URL is set, and Postgres makes its own. Run the command above, with a pg_dump that is as new ' +
          'as the server; it asks for the password, or takes PGPASSWORD or ~/.pgpass.',
      )
    }
    const file = resolve(argument)
    requireFree(file, resolve(databaseFile), values.overwrite)
    const size = await backUp(resolve(databaseFile), file)
    process.stdout.write(`Backed up ${resolve(databaseFile)} to ${file} (${sizeOf(size)}).\n`)
  },
}
