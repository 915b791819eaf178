import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { ask, openEventStream } from '../support/ask.ts'
import { headOf, openRawRequest } from '../support/raw-request.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const WRONG = 'Bearer not-a-token'
/** Is no JSON and no GraphQL, either of which would be told if it was read. */
const NONSENSE = '{ nothing that }} could be read'

test.each([
  ['that has not come', 1_000, ''],
  ['that cannot be read', Buffer.byteLength(NONSENSE), NONSENSE],
])('a refused token is told before a body %s', async (_, length, body) => {
  const { url } = await startSmallServer()
  const request = await openRawRequest(url)
  request.write(headOf({ authorization: WRONG, 'content-length': length }) + body)
  expect(await request.status).toBe(401)
  await expect.poll(() => request.text).toContain('"UNAUTHENTICATED"')
  expect(request.text).toMatch(/www-authenticate: Bearer/i)
})

test('a client that asks first is told that it need not send the body', async () => {
  const { url } = await startSmallServer()
  const request = await openRawRequest(url)
  request.write(headOf({ authorization: WRONG, 'content-length': 1_000, expect: '100-continue' }))
  expect(await request.status).toBe(401)
})

test('a client that asks first and has a good token may send the body', async () => {
  const { url } = await startSmallServer()
  const request = await openRawRequest(url)
  const body = JSON.stringify({ query: '{ me }' })
  const authorization = `Bearer ${await signTestToken('ann')}`
  request.write(headOf({ authorization, 'content-length': body.length, expect: '100-continue' }))
  expect(await request.status).toBe(100)
  request.write(body)
  await expect.poll(() => request.text).toContain('"me":"ann"')
})

test('a refused token is told before the document, over every transport', async () => {
  const { url, wsUrl } = await startSmallServer()
  const wrong = { authorization: WRONG }
  const asked = await ask(url, '{ there is no such field', wrong)
  expect(asked.status).toBe(401)
  expect(asked.body['errors']).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', reason: 'invalid' } }])
  const stream = await openEventStream(url, 'subscription { nothing', wrong)
  expect(stream.response.status).toBe(401)
  const got = await fetch(`${url}?query=%7B%20nothing`, { headers: wrong })
  expect(got.status).toBe(401)
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  socket.subscribe('1', '{ there is no such field', { extensions: { headers: wrong } })
  expect(await socket.next()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})

test('the token of an operation counts for its document alone', async () => {
  const { wsUrl } = await startSmallServer()
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  const headers = { Authorization: `Bearer ${await signTestToken('bob')}` }
  socket.subscribe('1', '{ me }', { extensions: { headers } })
  expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: { data: { me: 'bob' } } })
  expect(await socket.next()).toMatchObject({ id: '1', type: 'complete' })
  socket.subscribe('2', '{ me }')
  expect(await socket.next()).toMatchObject({ id: '2', type: 'next', payload: { data: { me: 'ann' } } })
})
