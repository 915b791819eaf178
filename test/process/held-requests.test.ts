import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { headOf, openRawRequest } from '../support/raw-request.ts'
import { watchServerSockets } from '../support/server-sockets.ts'
import { startSmallServer } from '../support/small-server.ts'

const KILOBYTES = 'x'.repeat(100_000)
const CHUNK = `${KILOBYTES.length.toString(16)}\r\n${KILOBYTES}\r\n`

async function headers(userId: string) {
  return { authorization: `Bearer ${await signTestToken(userId)}` }
}

test('bodies that have come are counted for their user before they are complete, and given back when their client goes', async () => {
  const { url } = await startSmallServer({ limits: { userBytes: 500_000 } })
  const head = headOf({ ...(await headers('ann')), 'transfer-encoding': 'chunked' })
  const open = async () => {
    const one = await openRawRequest(url)
    one.write(`${head}${CHUNK}${CHUNK}`)
    return one
  }
  const [first, second] = [await open(), await open()]
  expect((await ask(url, '{ hello }', await headers('ann'))).status).toBe(200)
  const third = await open()
  expect(await Promise.race([first, second, third].map(({ status }) => status))).toBe(429)
  expect((await ask(url, '{ hello }', await headers('bob'))).status).toBe(200)
  for (const { tcp } of [first, second, third]) tcp.destroy()
  await expect
    .poll(async () => {
      const [one, two] = [await open(), await open()]
      const answer = await ask(url, '{ hello }', await headers('ann'))
      for (const { tcp } of [one, two]) tcp.destroy()
      return answer.status
    })
    .toBe(200)
})

test('requests that wait for their answers are counted for their user, however small they are', async () => {
  const { url } = await startSmallServer({ limits: { userBytes: 100_000 } })
  const body = JSON.stringify({ query: '{ hello }' })
  const own = await headers('ann')
  // Their bodies do not come to an end.
  const head = headOf({ ...own, 'content-length': body.length + 1 })
  const waiting = await Promise.all(Array.from({ length: 8 }, () => openRawRequest(url)))
  for (const { write } of waiting) write(head + body)
  expect(await Promise.race(waiting.map(({ status }) => status))).toBe(429)
  for (const { tcp } of waiting) tcp.destroy()
  await expect.poll(async () => (await ask(url, '{ hello }', own)).status).toBe(200)
})

test('a connection whose body was refused half-way ends with its client', async () => {
  const sockets = watchServerSockets()
  const { url } = await startSmallServer({ limits: { userBytes: 100_000 } })
  const one = await openRawRequest(url)
  one.write(`${headOf({ ...(await headers('ann')), 'transfer-encoding': 'chunked' })}${CHUNK}${CHUNK}`)
  expect(await one.status).toBe(429)
  const end = sockets.of(one.tcp)
  one.tcp.destroy()
  await expect.poll(() => end.destroyed).toBe(true)
})
