import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Environment } from '../config.ts'

/** A command of the program `herald`, such as `herald token`. */
export interface CliCommand {
  /** The text that `--help` prints. */
  readonly help: string
  /**
   * Runs the command with the arguments after its name. Throws a UsageError when they are wrong, and a CommandError when the command
   * failed.
   */
  readonly run: (args: readonly string[], env: Environment) => Promise<void>
}

/** Thrown when the command line is wrong. The exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Thrown when a command failed for a reason that the message explains. The exit code is 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

type Options = NonNullable<ParseArgsConfig['options']>

/** Parses options and arguments. Throws a UsageError for one that is unknown, incomplete or not expected. */
function parse<Known extends Options>(args: readonly string[], options: Known, allowPositionals: boolean) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals })
  } catch (error) {
    // The messages of Node go on with advice about `--`, which does not fit here.
    throw new UsageError(error instanceof Error ? (error.message.split('. To specify')[0] ?? '') : String(error))
  }
}

/** Parses options. Throws a UsageError for one that is unknown or incomplete, and for any argument that is no option. */
export function readOptions<Known extends Options>(args: readonly string[], options: Known) {
  return parse(args, options, false).values
}

/**
 * Parses options and at most one argument, such as a file. Throws a UsageError for options as `readOptions` does, and for more arguments.
 */
export function readArgument<Known extends Options>(args: readonly string[], options: Known) {
  const { values, positionals } = parse(args, options, true)
  if (positionals.length > 1) throw new UsageError('There are too many arguments.')
  return { values, argument: positionals[0] }
}

/** The value of an option that must be given. Throws a UsageError when it is missing or blank. */
export function requireOption(name: string, value: string | undefined): string {
  if (value === undefined || value.trim() === '') throw new UsageError(`--${name} is missing.`)
  return value
}
