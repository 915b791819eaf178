import type { GraphQLSchema } from 'graphql'
import type { Services } from '../graphql/context.ts'

/** What became of commands on this node since it started. */
export interface IngressStats {
  /** Executed, or found to have been executed before. */
  readonly executed: number
  /** Put to the dead letters. */
  readonly rejected: number
  /** Executions that were tried again because a part that Herald needs was away. */
  readonly retried: number
  /** Begun by a node that did not finish them, and taken over here. */
  readonly reclaimed: number
  /** Came through the quick door and were not taken: too many were under way here, or Redis did not answer. */
  readonly dropped: number
}

/** The doors through which backends send commands. */
export interface Ingress {
  stats(): IngressStats
  /** Takes nothing more, and resolves when what was being executed is done. */
  close(): Promise<void>
}

/** What commands are executed with. */
export interface IngressDeps {
  readonly schema: GraphQLSchema
  readonly services: Services
}

/** Opens the doors. */
export type OpenIngress = (deps: IngressDeps) => Promise<Ingress>

/** Without Redis there are no doors. */
export const openNoIngress: OpenIngress = async () => ({
  stats: () => ({ executed: 0, rejected: 0, retried: 0, reclaimed: 0, dropped: 0 }),
  close: async () => {},
})
