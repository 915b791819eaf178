import type { Reporter, TestModule } from 'vitest/node'

/** Closes the output with what was not tried here and why, and one plain line that any tool can read. */
export function createSummaryReporter(): Reporter {
  return {
    onTestRunEnd: (modules: readonly TestModule[]) => {
      const tests = modules.flatMap((module) => [...module.children.allTests()])
      const count = (state: string) => tests.filter((test) => test.result().state === state).length
      const broken = modules.filter(
        (module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
      )
      const notes = tests.flatMap((test) => {
        const result = test.result()
        return result.state === 'skipped' && result.note ? [`Skipped, as ${result.note}: ${test.fullName}\n`] : []
      })
      process.stdout.write(
        `\n${notes.join('')}${count('passed')} passed, ${count('failed') + broken.length} failed, ${count('skipped')} skipped\n`,
      )
    },
  }
}
