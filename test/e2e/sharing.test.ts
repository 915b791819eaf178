import { describe, expect, test } from 'vitest'
import { createSchema } from '../../src/graphql/schema.ts'
import type { Device } from '../support/device.ts'
import { fullSubscription } from '../support/full-selection.ts'
import { ALL, CASES, type Case, CUSTOMERS, openScene, PEOPLE, type Scene } from '../support/sharing-cases.ts'
import { followTwoWays, type TwoWays } from '../support/two-ways.ts'

// Users of every role, two of each, ask for the same at the same time. What each gets over the socket, where results are shared,
// must be byte for byte what the same user gets from an event stream, where each result is executed for its reader alone.

const schema = createSchema()

const RESUME: Readonly<Record<string, string>> = {
  notificationAdded: '{ notifications { resumeCursor } }',
  notificationEvents: '{ notifications { resumeCursor } }',
  ticketMessage: '{ ticket(id: "42") { messages { resumeCursor } } }',
}

async function cursorOf(device: Device, call: string): Promise<string | undefined> {
  const query = RESUME[call.split('(')[0] ?? '']
  if (!query) return undefined
  const { notifications, ticket } = await device.run(query)
  return (notifications ?? ticket.messages).resumeCursor
}

async function listen({ warmUp }: Case, scene: Scene, ways: readonly TwoWays[]): Promise<void> {
  if (!warmUp) return
  let isReceived = false
  const received = Promise.all(ways.map((way) => way.next())).then(() => {
    isReceived = true
  })
  while (!isReceived) {
    await warmUp.act(scene)
    await Promise.race([received, new Promise((resolve) => setTimeout(resolve, 20))])
  }
  await warmUp.mark(scene)
  await Promise.all(ways.map((way) => way.skipTo(warmUp.text)))
}

describe('each of many users gets the own bytes and no others', () => {
  test('in every subscription', () => {
    const names = CASES.map(({ call }) => call.split('(')[0])
    expect(names.toSorted()).toEqual(Object.keys(schema.getSubscriptionType()!.getFields()).toSorted())
  })

  test.each(CASES)('in $call', async (one) => {
    const { call, hasFirst = false, steps, differ = [] } = one
    const scene = await openScene()
    const query = fullSubscription(schema, call).replace(
      'subscription',
      call.includes('$after') ? 'subscription ($after: Cursor)' : 'subscription',
    )
    const ways = await Promise.all(
      ALL.map(async (name) => {
        const after = await cursorOf(scene.devices[name], call)
        return followTwoWays(scene.app, name, PEOPLE[name], query, { after })
      }),
    )
    const got = new Map<string, string[]>(ALL.map((name) => [name, []]))
    const compare = async (hearers: readonly string[]): Promise<void> => {
      for (const way of ways.filter(({ userId }) => hearers.includes(userId))) {
        const { shared, alone } = await way.next()
        expect(shared).not.toContain('"errors"')
        expect(shared, `${way.role} ${way.userId}`).toBe(alone)
        got.get(way.userId)!.push(shared)
      }
    }
    if (hasFirst) await compare(ALL)
    await listen(one, scene, ways)
    for (const [hearers, act] of steps) {
      await act(scene)
      await compare(hearers)
    }
    for (const way of ways) expect(await way.rest(), way.userId).toEqual([])
    for (const [left, right] of differ) expect(got.get(left)).not.toEqual(got.get(right))
    for (const name of CUSTOMERS) expect(got.get(name)!.join()).not.toMatch(/note|INTERNAL/)
  })
})
