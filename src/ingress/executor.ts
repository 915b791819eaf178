import type { Command } from '../graphql/commands.ts'
import { codeOf } from '../graphql/errors.ts'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError, badInput, type ErrorCode } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { createSerial } from '../lib/serial.ts'
import { createWaiting } from '../lib/waiting.ts'
import { formerKey } from '../storage/idempotency.ts'
import { type CommandEnvelope, type Names, readEnvelope, readNames } from './envelope.ts'
import type { ExecuteCommand } from './execute-command.ts'

/** Why a command was not executed. */
export interface CommandRefusal {
  readonly code: ErrorCode
  readonly reason: string
}

/** The result of a command. `abandoned`: it could not be executed now, and the executor was stopped before it could try again. */
export type CommandOutcome =
  | { readonly is: 'executed' }
  | ({ readonly is: 'rejected' } & CommandRefusal)
  | ({ readonly is: 'abandoned' } & CommandRefusal)

/** Remembers for a day which commands were executed. For commands whose mutation stores no idempotency key in the database. */
export interface Receipts {
  /** Whether a command with this key was executed. Rejects with SERVICE_UNAVAILABLE when that cannot be found out. */
  has(key: string): Promise<boolean>
  /** Remembers that a command with this key was executed. */
  add(key: string): Promise<void>
}

/** Executes commands, whether they come from the stream or from the channel. */
export interface Executor {
  /** Parses a message. Returns the command, or the reason why it is none. Never throws. */
  read(bytes: Uint8Array): CommandEnvelope | CommandRefusal
  /** The `type` and `id` of a message for the log, also when it is not valid. Never throws. */
  names(bytes: Uint8Array): Names
  /**
   * Executes a command once, and tries again while Herald cannot execute it. Commands that name an id in common, such as a ticket, run in
   * the order of these calls; others run side by side. `fallbackKey` is the idempotency key for a command whose sender gave no id. Never
   * rejects.
   */
  execute(read: CommandEnvelope | CommandRefusal, fallbackKey?: string): Promise<CommandOutcome>
  /** Ends trying again: from now on, a command that cannot be executed is abandoned. */
  stop(): void
}

export interface ExecutorDeps {
  readonly commands: ReadonlyMap<string, Command>
  readonly execute: ExecuteCommand
  readonly receipts: Receipts
  /** The most bytes of a command. */
  readonly maxBytes: number
  readonly counter: Counter
  readonly clock: Clock
  readonly log: Log
}

const RETRY: Backoff = { firstMs: 100, maxMs: 5_000 }

function refusalOf({ code, message }: AppError): CommandRefusal {
  return { code, reason: message }
}

function receiptOf({ name }: Command, key: string): string {
  return JSON.stringify([name, key])
}

/** Whether a command has a receipt: of this version of Herald, or of an earlier one, which named receipts differently. */
async function wasExecuted({ has }: Receipts, command: Command, key: string): Promise<boolean> {
  const found = await Promise.all([has(receiptOf(command, key)), has(`${command.name} ${formerKey(key)}`)])
  return found.includes(true)
}

/**
 * Returns a function that makes one attempt at a command. It resolves to the reason of a failure, or undefined when the command is
 * executed.
 */
function createAttempt({ execute, receipts }: ExecutorDeps) {
  const attempt = async (
    command: Command,
    { data, key }: CommandEnvelope,
    fallbackKey: string | undefined,
  ): Promise<CommandRefusal | undefined> => {
    const receipt = command.isKeyed ? undefined : key
    if (receipt !== undefined && (await wasExecuted(receipts, command, receipt))) return undefined
    const error = await execute(command, data, key ?? fallbackKey)
    if (error) return { code: codeOf(error), reason: error.message }
    // The command is executed. When the receipt cannot be stored, it must not be executed again because of that.
    if (receipt !== undefined) await receipts.add(receiptOf(command, receipt)).catch(() => {})
    return undefined
  }

  return (...args: Parameters<typeof attempt>): Promise<CommandRefusal | undefined> =>
    attempt(...args).catch((error: unknown) => {
      if (error instanceof AppError) return refusalOf(error)
      throw error
    })
}

/** An executor for the stream consumer and the channel subscriber of a node. */
export function createExecutor(deps: ExecutorDeps): Executor {
  const { commands, maxBytes, counter, clock, log } = deps
  const attempt = createAttempt(deps)
  const serially = createSerial()
  const pausing = createWaiting()
  let isStopped = false

  const pause = async (ms: number): Promise<void> => {
    const over = Promise.withResolvers<void>()
    const cancel = clock.after(ms, over.resolve)
    await pausing.unlessLetGo(over.promise)
    cancel()
  }

  const persist = async (
    command: Command,
    envelope: CommandEnvelope,
    fallbackKey: string | undefined,
  ): Promise<CommandOutcome> => {
    for (let failures = 0; ; failures++) {
      const refusal = await attempt(command, envelope, fallbackKey)
      if (!refusal) return { is: 'executed' }
      if (refusal.code !== 'SERVICE_UNAVAILABLE') return { is: 'rejected', ...refusal }
      if (isStopped) return { is: 'abandoned', ...refusal }
      if (failures === 0) log.warn({ command: command.name }, 'a command cannot be executed now and is tried again')
      counter.add('retried')
      await pause(backoffMs(RETRY, failures))
    }
  }

  const decide = async (
    read: CommandEnvelope | CommandRefusal,
    fallbackKey: string | undefined,
  ): Promise<CommandOutcome> => {
    if ('reason' in read) return { is: 'rejected', ...read }
    const command = commands.get(read.type)
    if (command) return serially(command.namesIn(read.data), () => persist(command, read, fallbackKey))
    return { is: 'rejected', ...refusalOf(badInput(`type must be one of ${[...commands.keys()].join(', ')}.`)) }
  }

  return {
    read: (bytes) => {
      try {
        return readEnvelope(bytes, maxBytes)
      } catch (error) {
        if (error instanceof AppError) return refusalOf(error)
        throw error
      }
    },
    names: (bytes) => readNames(bytes, maxBytes),
    execute: async (read, fallbackKey) => {
      const outcome = await decide(read, fallbackKey)
      if (outcome.is !== 'abandoned') counter.add(outcome.is)
      return outcome
    },
    stop: () => {
      isStopped = true
      pausing.letGo()
    },
  }
}
