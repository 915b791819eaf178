import { setImmediate } from 'node:timers/promises'
import { Window } from 'happy-dom'
import { createElement, StrictMode, useEffect } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import {
  HeraldProvider,
  useConnectionState,
  useInbox,
  usePresence,
  useTicket,
  useTicketList,
  useTyping,
  useUnreadCount,
} from '../../packages/client/src/react/react.ts'
import { aliceToken, openKit, openScene } from '../support/kit.ts'

/** Opens a page, which is gone with the test. React looks for one when it is imported. */
async function openPage() {
  const page = new Window()
  vi.stubGlobal('window', page)
  vi.stubGlobal('document', page.document)
  onTestFinished(() => void vi.unstubAllGlobals())
  const { createRoot } = await import('react-dom/client')
  const place = document.createElement('div')
  const root = createRoot(place)
  onTestFinished(async () => {
    root.unmount()
    // What React has planned still needs the page.
    for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  })
  return { place, root }
}

/** A page that shows the inbox twice, a ticket and the list. */
function Page() {
  const inbox = useInbox()
  const same = useInbox()
  const { unread } = useUnreadCount()
  const { status } = useConnectionState()
  const { byUser } = usePresence(['alice'])
  const { messages, outgoing, send, markAsRead } = useTicket('t1')
  const { typing } = useTyping('t1')
  const { tickets } = useTicketList()
  useEffect(() => {
    if (messages.length > 0) void markAsRead()
  }, [messages, markAsRead])
  const shown = {
    inbox: inbox.items.map(({ title }) => title),
    isSame: inbox.items === same.items,
    unread: unread?.count ?? null,
    status,
    isOnline: byUser['alice']?.isOnline ?? false,
    said: [...messages, ...outgoing].map(({ body }) => body),
    typing: typing.length,
    tickets: tickets.map(({ id, unread: { count } }) => [id, count]),
  }
  return createElement('button', { type: 'button', onClick: () => send({ body: 'Hello' }) }, JSON.stringify(shown))
}

test('a page under StrictMode opens one socket, shows what happens once, and what a server renders is what it begins with', async () => {
  const { url, notify, backend } = await openScene()
  await backend.run('mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }', {
    input: { id: 't1', participants: [{ id: 'alice', role: 'CUSTOMER', name: 'Alice' }] },
  })
  let sockets = 0
  class Counted extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args)
      sockets += 1
    }
  }
  const client = openKit({ url, token: aliceToken, webSocket: Counted as never })
  const page = createElement(StrictMode, null, createElement(HeraldProvider, { client }, createElement(Page)))
  const rendered = renderToString(page)
  expect(rendered).toContain('idle')
  expect(sockets).toBe(0)
  const { place, root } = await openPage()
  root.render(page)
  const shown = () => JSON.parse(place.textContent || '{}')
  await expect.poll(shown).toEqual({
    inbox: [],
    isSame: true,
    unread: 0,
    status: 'connected',
    isOnline: true,
    said: [],
    typing: 0,
    tickets: [['t1', 0]],
  })
  await notify('One')
  place.querySelector('button')?.click()
  await expect.poll(shown).toMatchObject({ inbox: ['One'], unread: 1, said: ['Hello'] })
  expect(sockets).toBe(1)
})
