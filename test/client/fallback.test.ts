import { describe, expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openBlockingProxy } from '../support/blocking-proxy.ts'
import { aliceToken, expectState, expectTitles, followTitles, openKit, openScene } from '../support/kit.ts'

async function openBlocked(upgrades: 'refuse' | 'swallow', options: Partial<Parameters<typeof openKit>[0]> = {}) {
  const scene = await openScene()
  const proxy = await openBlockingProxy(Number(new URL(scene.app.url).port), upgrades)
  return { ...scene, proxy, client: openKit({ url: proxy.url, token: aliceToken, ...options }) }
}

describe.each(['refuse', 'swallow'] as const)('behind a proxy that does %s WebSockets', (upgrades) => {
  test('results come by Server-Sent Events, across cuts, and by a WebSocket again when one gets through', async () => {
    const { client, proxy, notify } = await openBlocked(upgrades)
    const titles = await followTitles(client)
    await expectState(client, { status: 'connected', transport: 'sse', reason: 'websocket-blocked' })
    for (const title of ['1', '2', '3', '4']) {
      await notify(title)
      if (title === '2') proxy.cut()
    }
    await expectTitles(titles, '1', '2', '3', '4')
    proxy.upgrades = 'pass'
    await expectState(client, { status: 'connected', transport: 'websocket', reason: null })
    await notify('5')
    await expectTitles(titles, '1', '2', '3', '4', '5')
  })
})

test('mutations keep their order where requests can overtake each other', async () => {
  const { client, backend } = await openBlocked('refuse')
  await backend.run('mutation { upsertTicket(input: { id: "1", participants: [{ id: "alice" }] }) { id } }')
  const SAY = 'mutation ($body: String!) { sendTicketMessage(input: { ticketId: "1", body: $body }) { isDuplicate } }'
  const bodies = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  await Promise.all(bodies.map((body) => client.mutate(SAY, { body })))
  expect(await client.query('{ ticket(id: "1") { messages(last: 10) { nodes { body } } } }')).toEqual({
    ticket: { messages: { nodes: bodies.map((body) => ({ body })) } },
  })
  await expectState(client, { transport: 'sse' })
})

test('a token that ends on a stream is replaced, and nothing is missed', async () => {
  const ending = await signTestToken('alice', 'customer', { exp: Math.floor(Date.now() / 1000) + 2 })
  const refused: (string | null)[] = []
  const token = (last: string | null) => {
    refused.push(last)
    return refused.includes(ending) ? aliceToken() : ending
  }
  const { client, notify } = await openBlocked('refuse', { token })
  const titles = await followTitles(client)
  await notify('One')
  await expect.poll(() => refused).toContain(ending)
  await notify('Two')
  await expectTitles(titles, 'One', 'Two')
})

test('what is wrong with an operation is told as over a WebSocket', async () => {
  const { client } = await openBlocked('refuse')
  await expect(client.query('{ nothing }')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  await expect(client.mutate('mutation { markAsRead(ids: ["none"]) { changed } }')).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('nothing is left of streams once the client is disposed of', async () => {
  const { client, proxy } = await openBlocked('refuse')
  await followTitles(client)
  await expect.poll(proxy.open).toBe(1)
  client.dispose()
  await expect.poll(proxy.open).toBe(0)
})
