import { setTimeout } from 'node:timers/promises'
import { requirePeer } from '../peers/all.ts'
import type { Source } from '../peers/peer.ts'
import { openClients } from './clients.ts'
import { type CpuUse, cpuOfProcess, startCpu } from './cpu.ts'
import { createLatencies } from './latencies.ts'
import { createFindMark, markedBody, now, numberAt, timeAt } from './mark.ts'
import type { Target } from './orders.ts'
import { openRedisPublisher, type RedisPublisher } from './redis-publisher.ts'
import { createTally, type Tally } from './tally.ts'

/** Connected clients, and what they get. */
export interface Run {
  readonly target: Target
  readonly source: Source
  readonly publisher: RedisPublisher
  readonly tally: Tally
  readonly latencies: ReturnType<typeof createLatencies>
  /** Events of each topic so far. */
  readonly published: Int32Array
  /** Called with the number of each delivery. */
  onDelivery: (number: number) => void
  /** Called with the text of each delivery, where somebody wants to read it. */
  onText: ((client: number, text: string) => void) | undefined
  closed: number
}

const SAMPLE_EVERY = 7
/** A server that used less than this in `IDLE_MS`, three times in a row, has nothing left to do. */
const IDLE_CPU_MS = 4
const IDLE_MS = 100
const IDLE_TIMES = 3

const idle = async ({ pids }: Target): Promise<void> => {
  for (let before = cpuOfProcess(pids.server), quiet = 0; quiet < IDLE_TIMES; ) {
    await setTimeout(IDLE_MS)
    const after = cpuOfProcess(pids.server)
    quiet = after - before < IDLE_CPU_MS ? quiet + 1 : 0
    before = after
  }
}

const listen = (run: Run) => {
  const findMark = createFindMark()
  let samples = 0
  return (client: number, data: Buffer, start: number, end: number): boolean => {
    const mark = findMark(data, start, end)
    if (mark < 0) return false
    const number = numberAt(data, mark)
    if (++samples % SAMPLE_EVERY === 0) run.latencies.add(now() - timeAt(data, mark))
    run.onText?.(client, data.toString('utf8', start, end))
    run.tally.take(client, number)
    run.onDelivery(number)
    return true
  }
}

const createRun = async (target: Target): Promise<Run> => ({
  target,
  source: await requirePeer(target.peer).open(target.kind, target.clients, target),
  publisher: await openRedisPublisher(target.redisUrl),
  tally: createTally(target.clients),
  latencies: createLatencies(),
  published: new Int32Array(target.kind === 'ticket' ? 1 : target.clients),
  onDelivery: () => {},
  onText: undefined,
  closed: 0,
})

/** Connects all clients of a run. `use` is what that took, until the server had nothing left to do. */
export const openRun = async (target: Target): Promise<{ readonly run: Run; readonly use: CpuUse }> => {
  const run = await createRun(target)
  const onClose = (): void => {
    run.closed += 1
  }
  const clients = { ...target, peer: requirePeer(target.peer) }
  const stop = await openClients(clients, { onText: listen(run), onClose }, () => startCpu(target.pids))
  const connected = performance.now()
  await idle(target)
  const use = stop()
  // Waiting for the end is no part of the time.
  return { run, use: { ...use, ms: use.ms - (performance.now() - connected) } }
}

/** Publishes the next event of a topic; returns its number. */
export const publish = ({ source, publisher, published }: Run, topic: number): number => {
  const number = (published[topic] ?? 0) + 1
  published[topic] = number
  publisher.publish(source.event(topic, { number, body: markedBody(number) }))
  return number
}
