import { useConnectionState } from '@herald/client/react'
import { Chat } from './chat.tsx'
import { Inbox } from './inbox.tsx'

/** The page: what a user is told, and a conversation about an order. */
export function App({ user }: { readonly user: string }) {
  const { status, message } = useConnectionState()
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
