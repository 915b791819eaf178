import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { eventCommand, notifyCommand, openEventNames, openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { nodeEnvironment } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()
const ROUNDS = 10
const COMMANDS = 30

function numbered(way: string): readonly string[] {
  return Array.from({ length: COMMANDS }, (_, n) => `${way} ${n}`)
}

describe('of two nodes', () => {
  test('exactly one executes each command, whichever way it comes', { timeout: 120_000 }, async () => {
    const env = { ...nodeEnvironment(redis.url()), MAX_OPERATIONS_PER_SECOND: '10000' }
    const nodes = [await startTestApp({ env }), await startTestApp({ env })]
    const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
    const streams = await Promise.all(
      nodes.map(async (node) => {
        const device = await connectDevice(node, 'alice')
        const stream = device.subscribe('subscription { customEvent { name } }')
        return openEventNames(stream, (event) => sender.add(eventCommand('alice', event)))
      }),
    )
    for (let round = 0; round < ROUNDS; round++) {
      const [durable, quick] = [numbered(`durable ${round}`), numbered(`quick ${round}`)]
      await Promise.all([
        ...durable.map((name) => sender.add(eventCommand('alice', name))),
        ...quick.map((name) => sender.publish(eventCommand('alice', name))),
        ...durable.map((name) => sender.add(notifyCommand('bob', name))),
        ...quick.map((name) => sender.publish(notifyCommand('bob', name))),
      ])
      const expected = [...durable, ...quick].sort()
      // A reader of signals who falls far behind misses some.
      for (const namesOf of streams) expect([...(await namesOf(expected.length))].sort()).toEqual(expected)
    }
    await sender.idle()

    // Nothing comes behind them: what is sent now is the next that arrives.
    await sender.add(eventCommand('alice', 'the end'))
    for (const namesOf of streams) expect(await namesOf(1)).toEqual(['the end'])
    expect(await sender.dead()).toEqual([])

    const bob = await connectDevice(nodes[0]!, 'bob')
    const titles: string[] = []
    for (let after: string | null = null; ; ) {
      const query =
        'query ($after: Cursor) { notifications(first: 100, after: $after) { nodes { title } pageInfo { endCursor hasNextPage } } }'
      const { notifications } = await bob.run(query, { after })
      titles.push(...notifications.nodes.map(({ title }: { title: string }) => title))
      after = notifications.pageInfo.endCursor
      if (!notifications.pageInfo.hasNextPage) break
    }
    const rounds = Array.from({ length: ROUNDS }, (_, round) =>
      [`durable ${round}`, `quick ${round}`].flatMap(numbered),
    )
    expect(titles.sort()).toEqual(rounds.flat().sort())
  })
})
