import { describe, expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openBlockingProxy } from '../support/blocking-proxy.ts'
import type { Data } from '../support/device.ts'
import { aliceToken, expectState, openScene } from '../support/kit.ts'
import { badge, INBOX, MESSAGES, openInbox, openOwnCache } from '../support/own-cache-scene.ts'
import { CLIENTS } from '../support/own-caches.ts'

describe.each(Object.entries(CLIENTS))('%s', (_, openClient) => {
  const open = (...settings: Parameters<typeof openOwnCache> extends [unknown, ...infer Rest] ? Rest : never) =>
    openOwnCache(openClient, ...settings)

  test('a query waits for a network that is away, and a mutation fails', async () => {
    const { client, network, notify } = await open()
    await notify('One')
    const restore = await network.refuse()
    const list = client.watch(INBOX, { first: 20 })
    await expect(client.run('mutation { markAllAsRead { changed } }')).rejects.toThrow()
    await restore()
    await expect.poll(() => badge(list)).toBe(1)
  })

  test('a token that has ended is replaced', async () => {
    const ending = await signTestToken('alice', 'customer', { exp: Math.floor(Date.now() / 1000) + 1 })
    const refused: (string | null)[] = []
    const token = (last: string | null) => {
      refused.push(last)
      return refused.includes(ending) ? aliceToken() : ending
    }
    const { client, notify } = await open({ token, queries: 'connection' })
    const list = await openInbox(client)
    await expect.poll(() => refused).toContain(ending)
    await notify('One')
    await expect.poll(list.titles).toEqual(['One'])
    expect(await client.run('mutation { markAllAsRead { changed } }')).toMatchObject({ markAllAsRead: { changed: 1 } })
  })

  test('a single request with a token that has ended is sent again with a fresh one', async () => {
    const token = (refused: string | null) =>
      refused ? aliceToken() : signTestToken('alice', 'customer', { iat: 1, exp: 2 })
    const { client } = await open({ token })
    expect(await client.run('mutation { markAllAsRead { changed } }')).toMatchObject({ markAllAsRead: { changed: 0 } })
  })

  test('behind a proxy without WebSockets all is the same', async () => {
    const scene = await openScene()
    const proxy = await openBlockingProxy(Number(new URL(scene.app.url).port), 'refuse')
    const client = openClient({ url: proxy.url, token: aliceToken })
    const list = await openInbox(client)
    await expectState(client, { status: 'connected', transport: 'sse' })
    await scene.notify('One')
    proxy.cut()
    await scene.notify('Two')
    await expect.poll(list.titles).toEqual(['Two', 'One'])
  })

  test('an error of Herald comes as one of GraphQL', async () => {
    const { client } = await open()
    const errors: Data[] = []
    client.follow(MESSAGES, { ticketId: 'none' }, (result) => errors.push(result))
    await expect.poll(() => errors).toHaveLength(1)
    expect(JSON.stringify(errors)).toContain('NOT_FOUND')
  })

  test('nothing is left after signing out', async () => {
    const { client, network } = await open()
    await openInbox(client)
    client.signOut()
    await expect.poll(network.open).toBe(0)
    await expect(client.run('mutation { markAllAsRead { changed } }')).rejects.toThrow('disposed')
  })

  test.each(['reset', 'stall'] as const)('after a network that does %s, nothing is missed or doubled', async (cut) => {
    const { client, network, notify } = await open()
    const list = await openInbox(client)
    await notify('One')
    await expect.poll(list.titles).toEqual(['One'])
    network[cut]()
    await notify('Two')
    await notify('Three')
    await expect.poll(list.titles).toEqual(['Three', 'Two', 'One'])
    expect(badge(list)).toBe(3)
  })
})
