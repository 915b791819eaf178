import { createSourceEventStream, type ExecutionResult, execute, getOperationAST, parse } from 'graphql'
import { onTestFinished } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { Source } from '../../src/delivery/description.ts'
import type { Context, Services } from '../../src/graphql/context.ts'
import { createCosts } from '../../src/graphql/cost.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { NEVER_ABORTED, type Signal, Work } from '../../src/graphql/work.ts'
import { DEFAULT_LIMITS, DEFAULT_RETENTION, DEFAULT_TYPING } from '../../src/lib/limits.ts'
import { openMemoryMemberships } from '../../src/membership/memory-memberships.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { openEmbedded } from './embedded.ts'
import { type Reader, read } from './reader.ts'
import { createNotifications, createPresence, createTickets, withBus } from './with-bus.ts'

const MAX_BYTES = 16 * 1024 * 1024

export interface AskOptions {
  readonly variables?: Readonly<Record<string, unknown>>
  readonly signal?: Signal
  readonly maxBytes?: number
}

/** The features behind the schema, without a server. */
export interface Face {
  readonly services: Services
  ask(viewer: Viewer, text: string, options?: AskOptions): Promise<ExecutionResult>
  /** What a subscription delivers, before it is made a result. */
  follow(viewer: Viewer, text: string, variables?: AskOptions['variables']): Promise<Reader<unknown>>
  costOf(text: string, variables?: AskOptions['variables']): number
}

/** Opens it over the database that this run is about. Closes itself. */
export async function openFace(watch: (storage: Storage) => Storage = (storage) => storage): Promise<Face> {
  const embedded = await openEmbedded()
  const deps = { ...embedded, storage: watch(embedded.storage), limits: DEFAULT_LIMITS }
  const memberships = openMemoryMemberships(deps)
  const presence = createPresence({ ...deps, memberships, graceMs: 0 })
  onTestFinished(async () => {
    await presence.close()
    await memberships.close()
  })
  const ticketTimes = { graceMs: 0, typing: DEFAULT_TYPING, retention: DEFAULT_RETENTION }
  const services = {
    notifications: createNotifications(deps),
    tickets: createTickets({ ...deps, ...ticketTimes, memberships }),
    presence,
    limits: DEFAULT_LIMITS,
    typing: DEFAULT_TYPING,
  } as unknown as Services
  const schema = createSchema()
  const costs = createCosts({ schema, pageSize: DEFAULT_LIMITS.pageSize })
  return {
    services,
    ask: async (viewer, text, { variables = {}, signal = NEVER_ABORTED, maxBytes = MAX_BYTES } = {}) => {
      const work = new Work(signal, maxBytes)
      const contextValue: Context = { ...services, viewer, connectionId: 'c', isSocket: false, work }
      return execute({ schema, document: parse(text), variableValues: variables, contextValue })
    },
    follow: async (viewer, text, variables = {}) => {
      const contextValue: Context = { ...services, viewer, connectionId: 'c', isSocket: false }
      const args = { schema, document: parse(text), variableValues: variables, contextValue }
      const source = await createSourceEventStream(args)
      if (!(source instanceof Source)) throw new Error('This was refused.')
      return read(withBus(embedded.bus, source.description))
    },
    costOf: (text, variables) => {
      const document = parse(text)
      const operation = getOperationAST(document)
      if (!operation) throw new Error('There is no operation.')
      return costs.of(document, operation, variables)
    },
  }
}
