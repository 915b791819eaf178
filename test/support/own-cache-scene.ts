import { expect, onTestFinished, vi } from 'vitest'
import type { Data } from './device.ts'
import { aliceToken, openScene } from './kit.ts'
import { operationsIn } from './operations.ts'
import type { CLIENTS, TestedClient } from './own-caches.ts'

export const { Inbox: INBOX = '', InboxEvents: EVENTS = '', Read: READ = '' } = operationsIn('inbox.graphql')
export const { Chat: CHAT = '', Messages: MESSAGES = '', Say: SAY = '' } = operationsIn('chat.graphql')

/** Nothing may be written to the console: caches say there what they are not told. */
function keepConsoleQuiet(): void {
  const spies = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]
  onTestFinished(() => {
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([])
    vi.restoreAllMocks()
  })
}

/** Shows an inbox and follows it from where it is. */
export async function openInbox(client: TestedClient, first = 20, filter: Data | null = null) {
  const list = client.watch(INBOX, { first, filter })
  await expect.poll(() => list.data()?.['notifications']).toBeTruthy()
  client.follow(EVENTS, { after: list.data()?.['notifications'].resumeCursor })
  return { ...list, titles: () => list.data()?.['notifications'].nodes.map((one: Data) => one['title']) }
}

/** The badge that a list shows. */
export const badge = (list: { data: () => Data | undefined }) => list.data()?.['notifications'].unread.count

type Open = (typeof CLIENTS)[string]

/** A Herald, a network that can fail, and a client of alice behind it. Ends with the test, which fails when the console was told something. */
export async function openOwnCache(openClient: Open, options: Partial<Parameters<Open>[0]> = {}, env = {}) {
  keepConsoleQuiet()
  const scene = await openScene(env)
  return { ...scene, client: openClient({ url: scene.url, token: aliceToken, ...options }) }
}
