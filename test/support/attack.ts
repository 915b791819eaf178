import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { longestStep, TELLING_STEPS } from './long-steps.ts'
import { type Deliveries, type Neighbour, openNeighbour } from './neighbour.ts'
import { type HeraldProcess, startProcess } from './process.ts'
import { COLLECTING, forgetPeak, residentPeak, settledMemory } from './process-memory.ts'
import { watchShare } from './process-share.ts'
import { tempFolder } from './temp.ts'

/** What goes on until it is told to stop, or has done all that it wanted. Rejects when it is answered otherwise than documented. */
export type Attack = (isOver: AbortSignal) => Promise<void>

/** A Herald as it is started by default, in a process of its own, and a neighbour. */
export interface Target extends HeraldProcess {
  readonly pid: number
  readonly neighbour: Neighbour
  /** What it has logged. */
  readonly log: () => string
  /** Where it tells the long steps of its event loop. */
  readonly steps: string
}

/** What an attack did to the neighbour and to the memory of Herald, in milliseconds and MiB. */
export interface Endured {
  readonly quiet: Deliveries
  readonly under: Deliveries
  /** The longest step of its event loop that began meanwhile. */
  readonly step: number
  readonly memory: { readonly before: number; readonly peak: number; readonly after: number; readonly most: number }
}

const WINDOW_MS = 1_500
const MAX_WINDOWS = 3
/** Of which so many deliveries must have been timed. */
const MIN_COUNT = 3
const P50_MS = 50
const P99_MS = 250
const TIMES_QUIET = 3
const STEP_MS = 100
const MAX_MIB = 512
const REST_MS = 15_000
/** How much memory there may be afterwards: a fifth more than before, or so many MiB, which code takes that was never run before. */
const KEPT = 1.2
const CODE_MIB = 36
/**
 * What malloc of glibc may keep free, in MiB, where hundreds of MiB went through small buffers: it gives back only what is behind the last
 * that is in use. V8 has then what it had before, and `malloc_trim` and jemalloc give all of it back (docs/decisions.md, 119).
 */
export const FREE_IN_MALLOC_MIB = 160

/** Starts Herald, on SQLite and with the settings that it has by default but for `env`, and a neighbour. Both end with the test. */
export async function startTarget(env: Readonly<Record<string, string>> = {}, nodeOptions = ''): Promise<Target> {
  const logFile = join(tempFolder(), 'log')
  const steps = join(tempFolder(), 'steps')
  const herald = await startProcess(
    {
      NODE_OPTIONS: `${COLLECTING} ${TELLING_STEPS} --max-semi-space-size=16 ${nodeOptions}`,
      LONG_STEPS: steps,
      LOG_LEVEL: 'info',
      DATA_DIR: tempFolder(),
      ...env,
    },
    `exec 2>'${logFile}'`,
  )
  const { pid } = herald.child
  if (pid === undefined) throw new Error('No process')
  return { ...herald, pid, steps, neighbour: await openNeighbour(herald), log: () => readFileSync(logFile, 'utf8') }
}

function isWithin({ p50, p99, count, lost, refused }: Deliveries, quiet: Deliveries): boolean {
  return (
    count > 0 &&
    lost === 0 &&
    refused.length === 0 &&
    p50 <= Math.max(P50_MS, TIMES_QUIET * quiet.p50) &&
    p99 <= Math.max(P99_MS, TIMES_QUIET * quiet.p99)
  )
}

/** How deliveries came in one window, as they would have come if Herald had had a processor whenever it needed one. */
async function measureFairly({ pid, neighbour }: Pick<Target, 'pid' | 'neighbour'>): Promise<Deliveries> {
  for (let attempt = 1; ; attempt += 1) {
    const share = watchShare(pid)
    const { p50, p99, ...rest } = await neighbour.measure(WINDOW_MS)
    const part = share()
    const isUseful = rest.count >= MIN_COUNT || rest.lost > 0 || rest.refused.length > 0
    if (isUseful || attempt === MAX_WINDOWS) return { ...rest, p50: p50 * part, p99: p99 * part }
  }
}

/** Measures until two windows agree: the machine may have been elsewhere in one of them. */
async function measureAgreed(target: Target, quiet: Deliveries): Promise<Deliveries> {
  const windows: Deliveries[] = []
  while (windows.length < MAX_WINDOWS) {
    windows.push(await measureFairly(target))
    for (const isGood of [true, false]) {
      const agreeing = windows.filter((window) => isWithin(window, quiet) === isGood)
      if (agreeing.length > MAX_WINDOWS / 2) return agreeing.at(-1)!
    }
  }
  throw new Error('An odd number of windows always agrees')
}

/** Lets an attack go on while the neighbour is timed, and afterwards waits until Herald has given back what it took, but for `freeMib`. */
export async function endure(target: Target, attack: Attack, freeMib = CODE_MIB): Promise<Endured> {
  const { pid } = target
  const quiet = await measureFairly(target)
  const before = await settledMemory(pid, 0, 1)
  forgetPeak(pid)
  const stop = new AbortController()
  const began = Date.now()
  const attacking = attack(stop.signal)
  attacking.catch(() => {})
  const under = await measureAgreed(target, quiet)
  stop.abort()
  await attacking
  const over = Date.now()
  const peak = residentPeak(pid)
  const most = Math.max(before * KEPT, before + freeMib)
  const after = await settledMemory(pid, most, REST_MS)
  const step = longestStep(target.steps, began, over)
  return { quiet, under, step, memory: { before, peak, after, most } }
}

/** Fails when an attack did more to others than it may. */
export function expectEndured({ quiet, under, step, memory }: Endured): void {
  expect(under, 'what was sent to the neighbour is refused or lost').toMatchObject({ refused: [], lost: 0 })
  expect(under.count, 'nothing could be timed').toBeGreaterThan(0)
  expect(under.p50, `p50 in ms; quiet ${quiet.p50}`).toBeLessThanOrEqual(Math.max(P50_MS, TIMES_QUIET * quiet.p50))
  expect(under.p99, `p99 in ms; quiet ${quiet.p99}`).toBeLessThanOrEqual(Math.max(P99_MS, TIMES_QUIET * quiet.p99))
  expect(step, 'ms of the longest step').toBeLessThan(STEP_MS)
  expect(memory.peak, 'MiB at the most').toBeLessThan(MAX_MIB)
  expect(memory.after, `MiB afterwards; before ${memory.before}`).toBeLessThanOrEqual(memory.most)
}
