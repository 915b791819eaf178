import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { Bus } from '../../src/bus/bus.ts'
import { Source } from '../../src/delivery/description.ts'
import { LogDelivery } from '../../src/delivery/log-delivery.ts'
import { expireGroup, type LogGroup } from '../../src/delivery/log-group.ts'
import { operationId } from '../../src/delivery/message.ts'
import type { TakeTimedTurn } from '../../src/lib/limiter.ts'
import { ANY_ARGS, logMeans } from './delivery.ts'
import type { Journal } from './journal.ts'
import { openWebSocketSink } from './websocket-sink.ts'

/** Follows a journal in a group that receives this bus, and collects what comes. */
export async function followTogether(journal: Journal, bus: Bus, take: TakeTimedTurn = () => undefined) {
  const log = await journal.follow()
  const means = logMeans(bus, { take, isBusy: () => true, takeLong: take, began: () => {} })
  const groups: LogGroup[] = []
  const results: unknown[] = []
  const ws = {
    bufferedAmount: 0,
    OPEN: 1,
    readyState: 1,
    send: (text: string) => results.push(JSON.parse(text).payload),
  } as unknown as WebSocket
  const delivery = new LogDelivery(
    {
      ...means,
      groupOf: (own, args) => {
        const group = means.groupOf(own, args)
        groups.push(group)
        return group
      },
    },
    new Source(log),
    ANY_ARGS,
    {
      sink: openWebSocketSink(ws, {} as Socket),
      id: operationId('1'),
      resume: undefined,
      onBegun: () => {},
      extensions: undefined,
      ending: { isOver: false, complete: (last) => results.push(last) },
    },
  )
  const expire = (stream: string): void => {
    for (const group of groups) if (group.log.source === stream) expireGroup(group)
  }
  return { expire, results, source: log.source, stop: () => delivery.stop() }
}

/** Resolves when it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate()
}
