import { requirePeer } from '../peers/all.ts'
import type { CpuUse } from './cpu.ts'
import type { Order, Storm, Window } from './orders.ts'
import { createRun, measureConnect, type Run, storeForAll } from './run.ts'
import { measureStorm } from './storm.ts'
import { begin, measureWindow } from './window.ts'

// The load generator, a process of its own: connects, publishes, counts every delivery and samples latency.

/** Connections under way at a time. */
const AT_ONCE = 50

const runs = new Map<string, Run>()

function requireRun(group: string): Run {
  const run = runs.get(group)
  if (!run) throw new Error(`There are no clients called ${group}`)
  return run
}

async function store(run: Run, commandUrl: string, count: number): Promise<void> {
  const { peer, kind, clients } = run.target
  const source = await requirePeer(peer).open(kind, clients, { ...run.target, url: commandUrl })
  for (let made = 0; made < count; made += 1) await storeForAll(run, source)
}

async function obey(order: Order): Promise<CpuUse | Window | Storm | undefined> {
  if (order.do === 'connect') {
    const run = await createRun(order)
    runs.set(order.group, run)
    return measureConnect(run, AT_ONCE)
  }
  const run = requireRun(order.group)
  switch (order.do) {
    case 'begin':
      await begin(run)
      return undefined
    case 'load':
      return measureWindow(run, order.pace, order.ms)
    case 'store':
      await store(run, order.commandUrl, order.count)
      return undefined
    case 'storm':
      return measureStorm(run, requireRun(order.live.group), order)
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
