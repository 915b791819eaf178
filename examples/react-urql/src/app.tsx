import type { HeraldClient } from '@herald/client'
import { useSyncExternalStore } from 'react'
import { Chat } from './chat.tsx'
import { Inbox } from './inbox.tsx'

interface AppProps {
  readonly user: string
  readonly connection: HeraldClient['connection']
}

/** The page: what a user is told, and a conversation about an order. */
export function App({ user, connection }: AppProps) {
  const { status, message } = useSyncExternalStore(connection.subscribe, connection.getSnapshot)
  return (
    <>
      <header>
        <h1>Shop</h1>
        <output title={message ?? ''}>{status}</output>
      </header>
      <main>
        <Inbox user={user} />
        <Chat ticketId="order-4711" user={user} />
      </main>
    </>
  )
}
