import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { createManualClock } from '../support/clock.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const FILLER = 'x'.repeat(30_000)
const LIMITED = { extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } }

function start() {
  return startSmallServer({
    clock: createManualClock(Date.now()),
    limits: { userCostPerSecond: 10, operationCost: 10 },
  })
}

test('a large message is refused before it is read when its user has nothing left, and the socket goes on', async () => {
  const { wsUrl } = await start()
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  socket.subscribe('1', '{ hello }', { variables: { filler: FILLER } })
  expect(await socket.next()).toMatchObject({ id: '1', type: 'next' })
  await socket.next()
  // No JSON, which would end the socket if somebody read it.
  socket.send(`{"id":"2","type":"subscribe","payload":{"query":"${FILLER}`)
  expect(await socket.next()).toMatchObject({ id: '2', type: 'error', payload: [LIMITED] })
  socket.send({ payload: { query: '{ hello }', variables: { filler: FILLER } }, type: 'subscribe', id: '3' })
  expect(await socket.next()).toMatchObject({ id: '3', type: 'error', payload: [LIMITED] })
  socket.send({ type: 'ping' })
  expect(await socket.next()).toEqual({ type: 'pong' })
  socket.send({ payload: { filler: FILLER, id: 'nowhere to be seen' } })
  expect(await socket.closed).toEqual({ code: 1013, reason: 'Try again later' })
})

test('messages are handled in the order of coming, large ones and small ones', async () => {
  const { wsUrl } = await startSmallServer()
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  for (let n = 0; n < 5; n += 1) {
    socket.send({ type: 'ping', payload: { n, filler: FILLER } })
    socket.send({ type: 'ping', payload: { n } })
  }
  const answers = []
  for (let n = 0; n < 10; n += 1) answers.push((await socket.next())['payload'])
  expect(answers.map(({ n }) => n)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
})

test('what is sent counts for whoever has said with an operation who they are, too', async () => {
  const { wsUrl } = await start()
  const socket = await openRawSocket(wsUrl)
  await socket.init()
  const extensions = { headers: { authorization: `Bearer ${await signTestToken('ann')}` } }
  socket.subscribe('1', '{ hello }', { extensions })
  expect(await socket.next()).toMatchObject({ id: '1', type: 'next' })
  await socket.next()
  for (const id of ['2', '3', '4']) socket.subscribe(id, '{ hello }', { variables: { filler: FILLER }, extensions })
  const types: string[] = []
  while (types.length < 3) {
    const { type } = await socket.next()
    if (type !== 'complete') types.push(type)
  }
  expect(types).toEqual(['next', 'error', 'error'])
})
