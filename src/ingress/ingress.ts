import type { GraphQLSchema } from 'graphql'
import type { Services } from '../graphql/context.ts'
import { createTally, type Tally } from '../lib/tally.ts'

/** The doors through which backends send commands. */
export interface Ingress {
  /** Takes nothing more, and resolves when what was being executed is done. */
  close(): Promise<void>
}

/** What commands are executed with. */
export interface IngressDeps {
  readonly schema: GraphQLSchema
  readonly services: Services
  /** Counts what became of commands. */
  readonly tally: Tally
}

/** Opens the doors. */
export type OpenIngress = (deps: IngressDeps) => Promise<Ingress>

/** Without Redis there are no doors. */
export const openNoIngress: OpenIngress = async () => ({ close: async () => {} })

/**
 * Counts what became of commands on this node: `executed` (or found to have been executed before), `rejected`; `retried`, because a
 * part was away; `reclaimed`, begun before by a node that did not finish them; `dropped`, heard on the channel and not taken.
 */
export const createCommandTally = (): Tally => createTally(['executed', 'rejected', 'retried', 'reclaimed', 'dropped'])
