import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { createManualClock } from '../support/clock.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

async function bearer(userId: string) {
  return { authorization: `Bearer ${await signTestToken(userId)}` }
}

test('what is read and checked for a user counts as cost, before it is read, whichever way it comes', async () => {
  const clock = createManualClock(Date.now())
  const { url, wsUrl } = await startSmallServer({ clock, limits: { userCostPerSecond: 10, operationCost: 10 } })
  const large = JSON.stringify({ query: '{ hello }', variables: { filler: 'x'.repeat(30_000) } })
  const post = async (userId: string, body: BodyInit) => {
    const headers = { 'content-type': 'application/json', ...(await bearer(userId)) }
    return (await fetch(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)).status
  }
  expect([await post('ann', large), await post('ann', large)]).toEqual([200, 429])
  expect([await post('bob', new Blob([large]).stream()), await post('bob', new Blob([large]).stream())]).toEqual([
    200, 429,
  ])
  const document = (n: number): string => `query Q${n} { hello # ${'x'.repeat(600)}\n }`
  const query = (n: number): string => JSON.stringify({ query: document(n) })
  expect([await post('cid', query(1)), await post('cid', query(2))]).toEqual([200, 429])
  // What is known costs nothing more, whoever has sent it first.
  expect([await post('dan', query(1)), await post('dan', query(1)), await post('dan', query(1))]).toEqual([
    200, 200, 200,
  ])

  const socket = await openRawSocket(wsUrl)
  await socket.init(await bearer('eve'))
  for (const type of ['next', 'error']) {
    socket.subscribe('1', '{ hello }', { variables: { filler: 'x'.repeat(30_000) } })
    expect(await socket.next()).toMatchObject({ type })
    if (type === 'next') await socket.next()
  }
})

test('many small values count for more than their bytes, whichever way they come', async () => {
  const clock = createManualClock(Date.now())
  const { url, wsUrl } = await startSmallServer({ clock, limits: { userCostPerSecond: 10, operationCost: 10 } })
  const dense = { query: '{ hello }', variables: { filler: Array.from({ length: 1_200 }, () => 1) } }
  const post = async (): Promise<number> => {
    const headers = { 'content-type': 'application/json', ...(await bearer('ann')) }
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(dense) })).status
  }
  expect([await post(), await post()]).toEqual([200, 429])

  const socket = await openRawSocket(wsUrl)
  await socket.init(await bearer('bob'))
  for (const type of ['next', 'error']) {
    socket.subscribe('1', '{ hello }', dense)
    expect(await socket.next()).toMatchObject({ type })
    if (type === 'next') await socket.next()
  }
})
