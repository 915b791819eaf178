import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startVitest, type Vitest } from 'vitest/node'
import { describeMachine } from '../../bench/machine.ts'
import { SQLITE } from '../support/setups.ts'
import { writeReport } from './report.ts'

const MOST_MINUTES = 60
const HELP = `npm run soak -- [options]

Two nodes over Postgres and Redis on this machine, followed by unmodified clients, while sockets are cut and nodes are killed and stopped.
Afterwards what each client received is compared with what was sent; the exit code is 0 when nothing is missing or out of order.

      --minutes n        5 by default, ${MOST_MINUTES} at most`

function readMinutes(text: string): number {
  const minutes = Number(text)
  if (!(minutes > 0 && minutes <= MOST_MINUTES))
    throw new Error(`--minutes must be above 0, and ${MOST_MINUTES} at most`)
  return minutes
}

function reconciliations({ state }: Vitest) {
  return state
    .getTestModules()
    .flatMap((module) => [...module.children.allTests()].flatMap((test) => test.meta().soak ?? []))
}

/** Vitest runs it, as it runs the tests that share its code, and sets the exit code. */
async function soak(minutes: number): Promise<void> {
  const { cores, cpu, kernel, node, commit } = describeMachine()
  console.log(`Herald ${commit}, ${minutes} minutes; ${cores} cores (${cpu}), Linux ${kernel}, Node ${node}`)
  const vitest = await startVitest('test', [], {
    config: false,
    watch: false,
    root: join(import.meta.dirname, '..'),
    include: ['soak/soak.ts'],
    globalSetup: ['support/servers.ts'],
    provide: { setup: SQLITE, soakMinutes: minutes },
  })
  for (const result of reconciliations(vitest)) console.log(`\n${writeReport(result)}`)
  await vitest.close()
}

try {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '5' }, help: { type: 'boolean', short: 'h', default: false } },
  })
  if (values.help) console.log(HELP)
  else await soak(readMinutes(values.minutes))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
