import { openSync, writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { LONG_STEP_MS, type Step } from './long-steps.ts'

// Loaded by `--import` into a process whose event loop a test looks at: it writes each long step to the file `LONG_STEPS`.

const TICK_MS = 5

/** What the main thread has worked, whoever else had the processor and however slow the disk was. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** A timer has its turn in each turn of the event loop: what was worked since the last one is one step, but for the tick. */
function tellLongSteps(path: string): void {
  const file = openSync(path, 'a')
  let began = Date.now()
  let worked = workedMs()
  setInterval(() => {
    const step: Step = { began, tookMs: workedMs() - worked }
    if (step.tookMs > LONG_STEP_MS) writeSync(file, `${JSON.stringify(step)}\n`)
    began = Date.now()
    worked = workedMs()
  }, TICK_MS).unref()
}

const path = process.env['LONG_STEPS']
if (isMainThread && path !== undefined) tellLongSteps(path)
