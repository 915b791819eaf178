import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Environment } from '../config.ts'

/** One thing that `herald` can do. */
export interface CliCommand {
  /** What `--help` prints. */
  readonly help: string
  /** Does it. Throws UsageError when it was called wrongly and CommandError when it failed. */
  readonly run: (args: readonly string[], env: Environment) => Promise<void>
}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** It could not be done, for a reason that the message explains: exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

type Options = NonNullable<ParseArgsConfig['options']>

/** Reads options and arguments. Throws UsageError for what is unknown, incomplete or not expected. */
function parse<Known extends Options>(args: readonly string[], options: Known, allowPositionals: boolean) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals })
  } catch (error) {
    // Node's messages go on with advice about `--`, which helps nobody here.
    throw new UsageError(error instanceof Error ? (error.message.split('. To specify')[0] ?? '') : String(error))
  }
}

/** Reads options. Throws UsageError for one that is unknown, incomplete or not an option at all. */
export function readOptions<Known extends Options>(args: readonly string[], options: Known) {
  return parse(args, options, false).values
}

/** Reads options and at most one argument, such as a file. Throws UsageError as `readOptions` does, and for more arguments. */
export function readArgument<Known extends Options>(args: readonly string[], options: Known) {
  const { values, positionals } = parse(args, options, true)
  if (positionals.length > 1) throw new UsageError('There are too many arguments.')
  return { values, argument: positionals[0] }
}

/** The value of an option that must be given. */
export function requireOption(name: string, value: string | undefined): string {
  if (value === undefined || value.trim() === '') throw new UsageError(`--${name} is missing.`)
  return value
}
