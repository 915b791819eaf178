import { setTimeout } from 'node:timers/promises'
import { requirePeer } from '../peers/all.ts'
import type { Source, Step } from '../peers/peer.ts'
import { makeGreetings, openClients } from './clients.ts'
import { type CpuUse, cpuOfProcesses, startCpu } from './cpu.ts'
import { createDeliveryCounter, type DeliveryCounter } from './delivery-counter.ts'
import { createLatencies } from './latencies.ts'
import { createFindMark, markedBody, now, numberAt, timeAt } from './mark.ts'
import type { Target } from './orders.ts'
import { openRedisPublisher, type RedisPublisher } from './redis-publisher.ts'

/** Clients, and what they get. */
export interface Run {
  readonly target: Target
  readonly source: Source
  readonly publisher: RedisPublisher
  readonly greetings: readonly (readonly Step[])[]
  readonly counter: DeliveryCounter
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

/** Resolves when servers have nothing left to do; they are given half a minute. */
export async function idle(pids: readonly number[]): Promise<void> {
  const end = performance.now() + 30_000
  for (let before = cpuOfProcesses(pids), quiet = 0; quiet < IDLE_TIMES && performance.now() < end; ) {
    await setTimeout(IDLE_MS)
    const after = cpuOfProcesses(pids)
    quiet = after - before < IDLE_CPU_MS ? quiet + 1 : 0
    before = after
  }
}

function listen(run: Run) {
  const findMark = createFindMark()
  let samples = 0
  return (client: number, data: Buffer, start: number, end: number): boolean => {
    const mark = findMark(data, start, end)
    if (mark < 0) return false
    const number = numberAt(data, mark)
    if (++samples % SAMPLE_EVERY === 0) run.latencies.add(now() - timeAt(data, mark))
    run.onText?.(client, data.toString('utf8', start, end))
    run.counter.take(client, number)
    run.onDelivery(number)
    return true
  }
}

/** Makes clients, and their tokens; nobody is connected yet. */
export async function createRun(target: Target): Promise<Run> {
  const { kind, clients, commandUrl: url } = target
  const peer = requirePeer(target.peer)
  return {
    target,
    source: await peer.open(kind, clients, { ...target, url }),
    publisher: await openRedisPublisher(target.redisUrl),
    greetings: await makeGreetings(peer, kind, clients),
    counter: createDeliveryCounter(clients),
    latencies: createLatencies(),
    published: new Int32Array(kind === 'ticket' ? 1 : clients),
    onDelivery: () => {},
    onText: undefined,
    closed: 0,
  }
}

/** Connects all clients, also those that come back; resolves when all have said that they subscribe. */
export function connect(run: Run, urls: readonly string[], atOnce: number): Promise<void> {
  const onClose = (): void => {
    run.closed += 1
  }
  const { greetings, target } = run
  return openClients({ peer: requirePeer(target.peer), urls, greetings, atOnce }, { onText: listen(run), onClose })
}

/** Connects all clients; what that took, until the servers had nothing left to do. */
export async function measureConnect(run: Run, atOnce: number): Promise<CpuUse> {
  const { pids, urls } = run.target
  const stop = startCpu(pids)
  await connect(run, urls, atOnce)
  const connected = performance.now()
  await idle(pids.servers)
  const use = stop()
  // Waiting for the end is no part of the time.
  return { ...use, ms: use.ms - (performance.now() - connected) }
}

/** How many events the topic of a client has had. */
export function expectedOf({ published, target }: Run) {
  return (client: number): number => published[target.kind === 'ticket' ? 0 : client] ?? 0
}

/** Makes the next event of a topic; returns its number. */
export function emit({ source, publisher, published }: Run, topic: number, isStored: boolean): number {
  const number = (published[topic] ?? 0) + 1
  published[topic] = number
  const content = { number, body: markedBody(number) }
  if (!isStored) publisher.publish(source.event(topic, content))
  // When a command fails, its event is missing everywhere; the process ends with the reason.
  else void source.store?.(topic, content)
  return number
}

/** Makes the next event of every topic, of all with the same number: topics that have had fewer leave some out. */
export async function storeForAll(run: Run, source: Source): Promise<void> {
  const number = Math.max(...run.published) + 1
  run.published.fill(number)
  await source.store?.('all', { number, body: markedBody(number) })
}
