import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { type NodeLease, openNodeLease } from '../../src/storage/node-lease.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { silentLog } from '../support/embedded.ts'
import { until } from '../support/nodes.ts'
import { prepareStorage } from '../support/storage.ts'

const WHERE = { where: 'db/herald', key: 'DATABASE_URL' } as const

async function open(storage: Storage, busId?: () => string | undefined): Promise<NodeLease> {
  const readBusId = busId && (async () => busId())
  const lease = await openNodeLease({ storage, ...WHERE, readBusId, clock: systemClock, log: silentLog() })
  onTestFinished(lease.close)
  return lease
}

/** A node of another machine, which says nothing more. */
function insertNode(storage: Storage, { state = 'serving', lastsMs = 5_000 } = {}): Promise<unknown> {
  return storage.write((tx) =>
    tx
      .insertInto('nodes')
      .values({
        ...{ id: 'elsewhere', bus_id: null, state, host: 'web-2', machine: 'another', pid: 7 },
        expires_at: sql<number>`${storage.now} + ${sql.lit(lastsMs)}`,
      })
      .execute(),
  )
}

async function twoNodes(): Promise<readonly [Storage, Storage]> {
  const openStorage = prepareStorage()
  return [await openStorage(), await openStorage()]
}

function isReady(lease: NodeLease): Promise<boolean> {
  return lease.check().then(
    () => true,
    () => false,
  )
}

describe('of two nodes over one database', () => {
  test('the second is refused when neither has a Redis, and told what to set', async () => {
    const [one, other] = await twoNodes()
    const first = await open(one)
    await expect(open(other)).rejects.toThrow(
      new RegExp(
        `^Another Herald \\(process ${process.pid} on .+\\) serves from the database db/herald, and ` +
          'neither would get the events of the other\\. Set REDIS_URL for both, or give this one another DATABASE_URL\\.$',
      ),
    )
    await first.close()
    await open(other)
  })

  test.each([
    ['the first has a Redis', 'a', '', /with a REDIS_URL\. Set the same REDIS_URL and REDIS_PREFIX/],
    ['the second has a Redis', '', 'a', /without REDIS_URL\. Set the REDIS_URL of this one for that/],
    ['they have different ones', 'a', 'b', /with another Redis\. Set the same REDIS_URL and REDIS_PREFIX/],
  ])('the second is refused when %s', async (_, busId, otherBusId, message) => {
    const [one, other] = await twoNodes()
    await open(one, busId ? () => busId : undefined)
    await expect(open(other, otherBusId ? () => otherBusId : undefined)).rejects.toThrow(message)
  })

  test('both serve when they share a Redis, also when it said so only a moment later', async () => {
    const [one, other] = await twoNodes()
    const leases = [await open(one, () => 'a')]
    let said: string | undefined
    const opening = open(other, () => said)
    said = 'a'
    leases.push(await opening)
    for (const lease of leases) expect(await isReady(lease)).toBe(true)
  })

  test('none serves while the database is imported into, and nothing is imported while one serves', async () => {
    const [one, other] = await twoNodes()
    const importing = { ...WHERE, isImporting: true, clock: systemClock, log: silentLog() }
    const first = await openNodeLease({ storage: one, ...importing })
    onTestFinished(first.close)
    const importsNow = new RegExp(
      `^"herald import" \\(process ${process.pid} on .+\\) writes to the database db/herald\\. Wait`,
    )
    await expect(open(other, () => 'a')).rejects.toThrow(importsNow)
    await expect(openNodeLease({ storage: other, ...importing })).rejects.toThrow(importsNow)
    await first.close()
    await open(one, () => 'a')
    await expect(openNodeLease({ storage: other, ...importing })).rejects.toThrow(
      /^A Herald \(process .+\) serves from the database db\/herald\. Stop it, and all others that do, and import then\.$/,
    )
  })

  test('one of those that start at the same moment serves', async () => {
    const openStorage = prepareStorage()
    const storages = await Promise.all(Array.from({ length: 3 }, openStorage))
    const started = await Promise.allSettled(storages.map((storage) => open(storage)))
    expect(started.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
  })

  test('the second waits while the first one stops, for as long as that takes', async () => {
    const [one, other] = await twoNodes()
    const first = await open(one)
    first.drain()
    let isServing = false
    const second = open(other).then(() => {
      isServing = true
    })
    // Long enough for renewals of the lease, which would refuse the second if the first still served.
    const renewals = new Set<number | undefined>()
    await until(async () => {
      const row = await one.readOne((db) => db.selectFrom('nodes').select('expires_at').executeTakeFirst())
      return renewals.add(row?.expires_at).size > 2
    })
    expect(isServing).toBe(false)
    await first.close()
    await second
  })

  test('the second takes over from one that died on another machine, when its lease has run out', async () => {
    const [storage] = await twoNodes()
    await insertNode(storage, { lastsMs: 1_000 })
    const from = performance.now()
    await open(storage)
    expect(performance.now() - from).toBeGreaterThan(800)
    expect(await storage.readOne((db) => db.selectFrom('nodes').select('pid').execute())).toEqual([
      { pid: process.pid },
    ])
  })

  test('one that was taken for dead is not ready, says so, and has its place again when it is free', async () => {
    const [one, other] = await twoNodes()
    const frozen = await open(one)
    await other.write((tx) => tx.deleteFrom('nodes').execute())
    const second = await open(other)
    await until(async () => !(await isReady(frozen)))
    await expect(frozen.check()).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('serves from the database db/herald'),
    })
    expect(await isReady(second)).toBe(true)
    await second.close()
    await until(() => isReady(frozen))
  })

  test('both are not ready when they find later that they have different Redises', async () => {
    const [one, other] = await twoNodes()
    let busId = 'a'
    const leases = [await open(one, () => 'a'), await open(other, () => busId)]
    busId = 'b'
    await until(async () => !(await isReady(leases[0]!)) && !(await isReady(leases[1]!)))
    busId = 'a'
    await until(async () => (await isReady(leases[0]!)) && (await isReady(leases[1]!)))
  })
})
