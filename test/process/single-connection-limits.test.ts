import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { createManualClock } from '../support/clock.ts'
import { connectSingle, headersOf, openReserved, openSingle, reserve } from '../support/single-connection.ts'
import { startSmallServer } from '../support/small-server.ts'

const MINUTE_MS = 60_000

test('who has too many connections reserves none, and a reservation that is not opened ends', async () => {
  const clock = createManualClock(Date.now())
  const { url, services, closed } = await startSmallServer({ clock, limits: { socketsPerUser: 2 } })
  const headers = await headersOf('ann')
  const { text: token } = await reserve(url, headers)
  const single = await openSingle(url)
  await single.send('0', 'subscription { log }')
  const refused = await reserve(url, headers)
  expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([429, '5'])
  expect(refused.text).toContain('RATE_LIMITED')
  expect((await reserve(url, await headersOf('bob'))).response.status).toBe(201)
  clock.advance(9_000)
  expect(services.presence.localConnections('ann')).toBe(2)
  clock.advance(2_000)
  await expect.poll(() => services.presence.localConnections('ann')).toBe(1)
  expect((await openReserved(url, token, headers)).response.status).toBe(404)
  // Both reservations, and not the stream.
  expect(closed).toHaveLength(2)
  expect(await single.send('1', '{ hello }')).toEqual([202, {}])
  expect((await reserve(url, headers)).response.status).toBe(201)
})

test('streams that the stock client leaves behind when an operation is refused keep nobody out', async () => {
  const { url, stage, services } = await startSmallServer({ limits: { socketsPerUser: 3 } })
  const client = await connectSingle(url, await signTestToken('ann'))
  const log = client.follow('subscription { log }')
  await expect.poll(() => stage.readers).toBe(1)
  const wrong = client.follow('{ nothing }')
  const refused = () => client.sent.filter(({ status }) => status === 400).length
  await expect.poll(refused).toBeGreaterThan(6)
  wrong.end()
  expect(client.sent.every(({ status }) => status !== 429)).toBe(true)
  expect(services.presence.localConnections('ann')).toBeLessThanOrEqual(3)
  const query = client.follow('{ me }')
  await expect.poll(() => query.results).toEqual([{ data: { me: 'ann' } }])
  stage.emit(1)
  await expect.poll(() => log.results).toMatchObject([{ data: { log: 1 } }])
})

test('subscriptions count against the limits of a socket and of their user, and queries do not', async () => {
  const { url, stage } = await startSmallServer({ limits: { subscriptionsPerSocket: 2, subscriptionsPerUser: 3 } })
  const [one, other] = [await openSingle(url), await openSingle(url)]
  const log = 'subscription { log }'
  const limited = [429, { errors: [{ extensions: { code: 'RATE_LIMITED' } }] }]
  expect([await one.send('1', log), await one.send('2', log)]).toEqual([
    [202, {}],
    [202, {}],
  ])
  expect(await one.send('3', log)).toMatchObject(limited)
  expect(await one.send('3', '{ hello }')).toEqual([202, {}])
  expect(await other.send('1', log)).toEqual([202, {}])
  expect(await other.send('2', log)).toMatchObject(limited)
  expect(await one.stop('1')).toBe(200)
  expect(await other.send('2', log)).toEqual([202, {}])
  one.abort()
  await expect.poll(() => stage.readers).toBe(2)
  const third = await openSingle(url)
  expect(await third.send('1', log)).toEqual([202, {}])
})

test('what operations take is held for their connection, and let go when they are over', async () => {
  const { url, stage } = await startSmallServer({ limits: { socketBytes: 60_000 } })
  const single = await openSingle(url)
  const label = (letter: string) => `subscription { log(label: "${letter.repeat(300)}") }`
  const statuses: number[] = []
  for (let id = 0; statuses.at(-1) !== 429 && id < 20; id += 1) {
    statuses.push((await single.send(`${id}`, label('abcdefghijklmnopqrst'[id] ?? '')))[0])
  }
  expect(statuses.slice(0, 2).concat(statuses.slice(-1))).toEqual([202, 202, 429])
  await expect.poll(() => stage.readers).toBe(statuses.length - 1)
  expect(await single.stop('0')).toBe(200)
  expect(await single.send('again', label('u'))).toEqual([202, {}])
})

test('a stream of nobody counts among the connections of its address, and lasts as long as they do', async () => {
  const clock = createManualClock(Date.now())
  const { url, stage } = await startSmallServer({ clock, limits: { anonymousSockets: 1 } })
  const single = await openSingle(url, null)
  expect((await reserve(url, {})).response.status).toBe(429)
  expect(await single.send('1', 'subscription { open }')).toEqual([202, {}])
  expect(await single.next()).toMatchObject({ data: { id: '1' } })
  clock.advance(MINUTE_MS)
  await expect(single.next()).rejects.toThrow()
  await expect.poll(() => stage.readers).toBe(0)
  expect((await reserve(url, {})).response.status).toBe(201)
})
