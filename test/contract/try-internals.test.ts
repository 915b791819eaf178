import { expect, test } from 'vitest'
import { type InternalsTrials, tryInternals } from '../../src/delivery/try-internals.ts'
import { createLog } from '../../src/lib/log.ts'
import { EVERYTHING, NOTHING } from '../support/internals.ts'

/** What is found out, and what is logged meanwhile. */
async function find(trials?: InternalsTrials) {
  const lines: { level: string; msg: string; err?: { message: string } }[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const found = await tryInternals(createLog({ level: 'debug', pretty: false, destination }), trials)
  return { found, lines }
}

test('ws and Node are as expected, again and again, and nothing is logged', async () => {
  for (let round = 0; round < 3; round += 1) expect(await find()).toEqual({ found: EVERYTHING, lines: [] })
})

test('what does not work is said once each, with what it means and why, and is done without', async () => {
  const fail = async (): Promise<boolean> => {
    throw new Error('No such part')
  }
  const { found, lines } = await find({ canWritePast: async () => false, canSkip: fail, canCountParts: fail })
  expect(found).toEqual(NOTHING)
  expect(lines.map(({ level, msg, err }) => [level, msg, err?.message])).toEqual([
    ['error', expect.stringContaining('costs more of the processor'), undefined],
    ['error', expect.stringContaining('MAX_REQUEST_BYTES ends its socket'), 'No such part'],
    ['error', expect.stringContaining('more than 30 seconds'), 'No such part'],
  ])
})

test('what works is not given up for what does not', async () => {
  const works = async (): Promise<boolean> => true
  const { found } = await find({ canWritePast: works, canSkip: async () => false, canCountParts: works })
  expect(found).toEqual({ ...EVERYTHING, canSkip: false })
})
