import type { GraphQLSchema } from 'graphql'
import type { Services } from '../graphql/context.ts'
import { type Counter, createCounter } from '../lib/counter.ts'

/** Takes commands of backends from Redis: from a stream and from a channel. */
export interface Ingress {
  /** Takes no more commands. Resolves when those that were being executed are done. */
  close(): Promise<void>
}

/** The parts with which commands are executed. */
export interface IngressDeps {
  readonly schema: GraphQLSchema
  readonly services: Services
  /** Counts the results of commands (`createCommandCounter`). */
  readonly counter: Counter
}

/** Begins to take commands from Redis. Resolves when they are being received. */
export type OpenIngress = (deps: IngressDeps) => Promise<Ingress>

/** The ingress of a node without Redis, which takes no commands. Backends send mutations only. */
export const openNoIngress: OpenIngress = async () => ({ close: async () => {} })

/**
 * A counter for the results of commands on this node:
 * - `executed`: also when the command was found to have been executed before.
 * - `rejected`: it is not valid, or its mutation has failed.
 * - `retried`: another attempt, because the database or Redis was away.
 * - `reclaimed`: it was read before, by this or another node, and not finished.
 * - `dropped`: it was received on the channel, and could not be taken.
 */
export function createCommandCounter(): Counter {
  return createCounter(['executed', 'rejected', 'retried', 'reclaimed', 'dropped'])
}
