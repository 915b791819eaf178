import type { Window } from '../load/orders.ts'
import { herald } from '../peers/herald.ts'
import { type Ground, withStage } from './stage.ts'

/** What one repetition brought. */
export interface NodesSample {
  readonly repetition: number
  /** From a command at one node to a socket at the other. */
  readonly latency: Window
  /** Of the same followers at one node, and shared by two. */
  readonly one: Window
  readonly two: Window
}

const FEW = 10
const FOLLOWERS = 1_000
const LATENCY = { perSecond: 50, stored: true }
const SATURATED = { outstanding: 8 }

function measureLatency(ground: Ground, ms: number): Promise<Window> {
  return withStage(herald, ground, async ({ load, start, target }) => {
    const near = await start('server')
    const far = await start('load')
    const { urls } = target('ticket', FEW, [far])
    await load.connect('all', { ...target('ticket', FEW, [near, far]), urls })
    await load.begin('all')
    return load.load('all', LATENCY, ms)
  })
}

/** Both nodes have one core together, so that what is compared is the work, not the cores. */
function measureSharing(ground: Ground, nodes: number, ms: number): Promise<Window> {
  return withStage(herald, ground, async ({ load, start, target }) => {
    const servers = await Promise.all(Array.from({ length: nodes }, () => start('server')))
    await load.connect('all', target('ticket', FOLLOWERS, servers))
    await load.begin('all')
    return load.load('all', SATURATED, ms)
  })
}

/** What a second node costs and brings. */
export async function measureNodes(
  ground: Ground,
  { ms, repetition }: { readonly ms: number; readonly repetition: number },
): Promise<NodesSample> {
  return {
    repetition,
    latency: await measureLatency(ground, ms),
    one: await measureSharing(ground, 1, ms),
    two: await measureSharing(ground, 2, ms),
  }
}
