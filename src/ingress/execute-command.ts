import { execute, type GraphQLError } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import type { Command } from '../graphql/commands.ts'
import { contextOn } from '../graphql/context.ts'
import { createMaskError } from '../graphql/errors.ts'
import { newId } from '../lib/ids.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Log } from '../lib/log.ts'
import type { IngressDeps } from './ingress.ts'

/**
 * Executes the mutation of a command. Resolves to undefined, or to the error that a caller of the mutation would get. Never rejects. With a
 * `key`, a mutation that stores its idempotency key does its work only once.
 */
export type ExecuteCommand = (command: Command, data: JsonObject, key?: string) => Promise<GraphQLError | undefined>

/** The viewer of all commands: a client that may write to Redis counts as a backend. */
const BACKEND: Viewer = {
  userId: 'backend',
  role: 'BACKEND',
  name: null,
  avatarUrl: null,
  expiresAt: Number.POSITIVE_INFINITY,
}

/** Returns the function that executes commands. It uses the same schema as operations, so that coercion, checks and errors are the same. */
export function createExecuteCommand({
  schema,
  services,
  log,
}: Omit<IngressDeps, 'counter'> & { readonly log: Log }): ExecuteCommand {
  const maskError = createMaskError({ log, hints: true })

  return async (command, data, commandKey) => {
    try {
      const { errors } = await execute({
        schema,
        document: command.document,
        variableValues: command.variablesOf(data),
        contextValue: contextOn(services, { viewer: BACKEND, connectionId: newId(), isSocket: false, commandKey }),
      })
      return errors?.[0] && maskError(errors[0], command.name)
    } catch (error) {
      return maskError(error, command.name)
    }
  }
}
