import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { longestStep, TELLING_STEPS } from '../support/long-steps.ts'
import { tempFolder } from '../support/temp.ts'

// What the attacks measure with.

const WORK_MS = 60

/** Works for some time, then waits for as long, and says when each was over. */
const WORKS_AND_WAITS = `
  const { setTimeout: pause } = require('node:timers/promises')
  const worked = () => process.threadCpuUsage().user / 1000
  const run = async () => {
    await pause(50)
    for (const end = worked() + ${WORK_MS}; worked() < end; );
    await pause(50)
    const between = Date.now()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${WORK_MS})
    await pause(50)
    console.log(JSON.stringify([between, Date.now()]))
  }
  run()
`

test('a step that works for long is told, and one that only waits is not', () => {
  const file = join(tempFolder(), 'steps')
  const began = Date.now()
  const said = execFileSync(process.execPath, [TELLING_STEPS, '--eval', WORKS_AND_WAITS], {
    env: { ...process.env, LONG_STEPS: file },
    encoding: 'utf8',
  })
  const [between, over] = JSON.parse(said) as readonly [number, number]
  expect(longestStep(file, began, between)).toBeGreaterThanOrEqual(WORK_MS)
  expect(longestStep(file, between, over)).toBe(0)
})
