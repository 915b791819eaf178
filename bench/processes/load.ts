import type { CpuUse } from '../load/cpu.ts'
import type { Order, Pace, Storm, StormOrder, Target, Window } from '../load/orders.ts'
import { kill, nextMessage, startNode } from './node.ts'

/** The load generator. Its clients belong to groups, which have names. */
export interface Load {
  /** Connects and subscribes all clients; what that took, until the servers had nothing left to do. */
  connect(group: string, target: Target): Promise<CpuUse>
  /** Makes sure that everybody gets events. */
  begin(group: string): Promise<void>
  load(group: string, pace: Pace, ms: number): Promise<Window>
  /** Has a number of events stored for everybody, whoever is there. */
  store(group: string, commandUrl: string, count: number): Promise<void>
  /** Has all clients come back at once. */
  storm(group: string, order: StormOrder): Promise<Storm>
  stop(): Promise<void>
}

/** Starts a load generator for one run. */
export function startLoad(): Load {
  const child = startNode('load', 'load/main.ts', {})
  const ask = async <Answer>(order: Order): Promise<Answer> => {
    child.send(order)
    const { answer, error } = await nextMessage<{ answer: Answer; error?: string }>(child)
    if (error) throw new Error(error)
    return answer
  }
  return {
    connect: (group, target) => ask({ do: 'connect', group, ...target }),
    begin: (group) => ask({ do: 'begin', group }),
    load: (group, pace, ms) => ask({ do: 'load', group, pace, ms }),
    store: (group, commandUrl, count) => ask({ do: 'store', group, commandUrl, count }),
    storm: (group, order) => ask({ do: 'storm', group, ...order }),
    stop: () => kill(child),
  }
}
