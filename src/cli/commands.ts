import { readFileSync } from 'node:fs'
import { ConfigError, type Environment } from '../config.ts'
import { StartError } from '../lib/start-error.ts'
import { type CliCommand, CommandError, UsageError } from './command.ts'

interface Entry {
  readonly summary: string
  /** Loads the code of the command. Only the wanted command is loaded: signing a token needs no server. */
  readonly load: () => Promise<CliCommand>
}

const COMMANDS: ReadonlyMap<string, Entry> = new Map([
  ['start', { summary: 'Start the server.', load: async () => (await import('./start.ts')).start }],
  ['token', { summary: 'Sign a token and print it.', load: async () => (await import('./token.ts')).token }],
  ['notify', { summary: 'Send a notification.', load: async () => (await import('./notify.ts')).notify }],
  ['revoke', { summary: 'Refuse tokens that have not ended.', load: async () => (await import('./revoke.ts')).revoke }],
  [
    'listen',
    { summary: 'Show what a user is told, as it happens.', load: async () => (await import('./listen.ts')).listen },
  ],
  ['backup', { summary: 'Copy the database into a file.', load: async () => (await import('./backup.ts')).backup }],
  [
    'restore',
    { summary: 'Put a backup in the place of the database.', load: async () => (await import('./restore.ts')).restore },
  ],
  [
    'import',
    {
      summary: 'Bring what users had elsewhere into the database.',
      load: async () => (await import('./import.ts')).importCommand,
    },
  ],
  [
    'check-documents',
    {
      summary: 'Check a file of trusted documents.',
      load: async () => (await import('./check-documents.ts')).checkDocuments,
    },
  ],
  [
    'dead',
    { summary: 'Show rejected commands and unsent events.', load: async () => (await import('./dead.ts')).dead },
  ],
])

const USAGE = `Usage: herald <command> [options]

Commands:
${[...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(15)} ${summary}`).join('\n')}

"herald <command> --help" tells more about one of them, "herald --version" which Herald this is.
`

const WANTS_HELP: ReadonlySet<string | undefined> = new Set(['help', '--help', '-h'])

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}

async function runCommand(args: readonly string[], env: Environment): Promise<void> {
  const [name, ...rest] = args
  if (WANTS_HELP.has(name) && rest.length === 0) {
    process.stdout.write(USAGE)
    return
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${version()}\n`)
    return
  }
  if (name === undefined) throw new UsageError('A command is missing.')
  const [wanted, options] = name === 'help' ? [rest[0] ?? '', ['--help']] : [name, rest]
  const entry = COMMANDS.get(wanted)
  if (!entry) throw new UsageError(`There is no command "${wanted}".`)
  const command = await entry.load()
  if (options.some((option) => option === '--help' || option === '-h')) process.stdout.write(command.help)
  else await command.run(options, env)
}

function isExpected(error: unknown): error is Error {
  return error instanceof CommandError || error instanceof ConfigError || error instanceof StartError
}

/**
 * Runs `herald` with these arguments. Never rejects. Sets the exit code to 1 when the command failed, and to 2 when it was called wrongly.
 */
export async function runCommandLine(args: readonly string[], env: Environment): Promise<void> {
  try {
    await runCommand(args, env)
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(
        `${error.message}\n\n${COMMANDS.has(args[0] ?? '') ? `Try: herald ${args[0]} --help\n` : USAGE}`,
      )
      process.exitCode = 2
      return
    }
    const text = isExpected(error) ? error.message : error instanceof Error ? error.stack : String(error)
    process.stderr.write(`${text}\n`)
    process.exitCode = 1
  }
}
