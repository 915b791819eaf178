import { execute, type GraphQLError } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import type { Command } from '../graphql/commands.ts'
import { contextOn } from '../graphql/context.ts'
import { createMaskError } from '../graphql/errors.ts'
import { newId } from '../lib/ids.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Log } from '../lib/log.ts'
import type { IngressDeps } from './ingress.ts'

/** Executes the mutation of a command, once for a key where it can be stored with what it does. Resolves to the error that its caller would get, or undefined. Never rejects. */
export type ExecuteCommand = (command: Command, data: JsonObject, key?: string) => Promise<GraphQLError | undefined>

/** Who may write to Redis is a backend. */
const BACKEND: Viewer = {
  userId: 'backend',
  role: 'BACKEND',
  name: null,
  avatarUrl: null,
  expiresAt: Number.POSITIVE_INFINITY,
}

/** Makes the execution of commands by the same schema as that of calls, so that coercion, checks and errors are the same. */
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
