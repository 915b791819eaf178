import { expect, test } from 'vitest'
import { endure } from '../support/endure.ts'
import { openPair, openSingle, type Pool } from '../support/pool.ts'
import { expectNothingLost } from '../support/reconciliation.ts'
import { useRedis } from '../support/redis.ts'

const EVENTS = 240

const redis = useRedis()

test.each<[string, () => Promise<Pool>]>([
  ['whatever happens to their sockets and to the server', openSingle],
  ['when they move between nodes that are killed and stopped', () => openPair(redis.url())],
])('unmodified clients miss nothing, %s', { timeout: 90_000 }, async (_, openPool) => {
  const pool = await openPool()
  const result = await endure({ pool, goesOn: (events) => events < EVENTS })
  process.stdout.write(`${JSON.stringify(result)}\n`)
  expectNothingLost(result)
  expect(result.events).toBe(EVENTS)
})
