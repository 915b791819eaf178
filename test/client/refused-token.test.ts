import { expect, onTestFinished, test } from 'vitest'
import { createInbox } from '../../packages/client/src/inbox.ts'
import { createPresence } from '../../packages/client/src/presence.ts'
import type { Store } from '../../packages/client/src/store.ts'
import { createTicket } from '../../packages/client/src/ticket.ts'
import { createTicketList } from '../../packages/client/src/ticket-list.ts'
import { createUnreadCount } from '../../packages/client/src/unread-count.ts'
import { openBlockingProxy } from '../support/blocking-proxy.ts'
import { aliceToken, expectState, openKit, openScene } from '../support/kit.ts'

/** A token that is refused until somebody signs in again. */
function openLogin() {
  let isSignedIn = false
  const given: (string | null)[] = []
  return {
    given,
    signIn: () => {
      isSignedIn = true
    },
    token: (refused: string | null) => {
      given.push(refused)
      return isSignedIn ? aliceToken() : 'no token'
    },
  }
}

test.each(['pass', 'refuse'] as const)(
  'after a refused token all stores come back with the next one: WebSockets %s',
  async (upgrades) => {
    const { app, backend, notify } = await openScene()
    await backend.run('mutation { upsertTicket(input: { id: "t1", participants: [{ id: "alice" }] }) { id } }')
    const { url } = await openBlockingProxy(Number(new URL(app.url).port), upgrades)
    const login = openLogin()
    const client = openKit({ url, token: login.token })
    const [inbox, ticket] = [createInbox(client), createTicket(client, 't1')]
    const others = [createUnreadCount(client), createTicketList(client), createPresence(client, ['alice'])]
    const stores: readonly Store<{ readonly status: string }>[] = [inbox, ticket, ...others]
    for (const store of stores) onTestFinished(store.subscribe(() => {}))
    const statuses = () => stores.map((store) => store.getSnapshot().status)
    await expect.poll(statuses).toEqual(stores.map(() => 'error'))
    if (upgrades === 'pass') await expectState(client, { status: 'failed', reason: 'token-refused' })
    ticket.send({ body: 'Hello' })
    login.signIn()
    client.reconnect()
    await expect.poll(statuses).toEqual(stores.map(() => 'ready'))
    expect(login.given).toContain('no token')
    await notify('One')
    await expect.poll(() => inbox.getSnapshot().items).toMatchObject([{ title: 'One' }])
    await expect.poll(() => ticket.getSnapshot()).toMatchObject({ messages: [{ body: 'Hello' }], outgoing: [] })
    expect(stores.map((store) => store.getSnapshot())).toMatchObject(stores.map(() => ({ error: null })))
  },
)
