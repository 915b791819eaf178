import type { GraphQLSchema } from 'graphql'
import type { Services } from '../graphql/context.ts'
import { type Counter, createCounter } from '../lib/counter.ts'

/** The ways in which commands of backends come from Redis: a stream and a channel. */
export interface Ingress {
  /** Takes nothing more, and resolves when what was being executed is done. */
  close(): Promise<void>
}

/** What commands are executed with. */
export interface IngressDeps {
  readonly schema: GraphQLSchema
  readonly services: Services
  /** Counts what became of commands. */
  readonly counter: Counter
}

/** Begins to take commands. */
export type OpenIngress = (deps: IngressDeps) => Promise<Ingress>

/** Without Redis there are none: commands come as mutations only. */
export const openNoIngress: OpenIngress = async () => ({ close: async () => {} })

/**
 * Counts what became of commands on this node: `executed` (or found to have been executed before), `rejected`; `retried`, because a
 * part was away; `reclaimed`, begun before by a node that did not finish them; `dropped`, received on the channel and not taken.
 */
export function createCommandCounter(): Counter {
  return createCounter(['executed', 'rejected', 'retried', 'reclaimed', 'dropped'])
}
