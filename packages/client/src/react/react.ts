import { createContext, createElement, type ReactNode, useContext, useSyncExternalStore } from 'react'
import type { HeraldClient } from '../client.ts'
import type { ConnectionState } from '../connection.ts'
import { createInbox, type Inbox, type InboxOptions } from '../inbox.ts'
import type { InboxState } from '../inbox-state.ts'
import { createPresence, type PresenceState } from '../presence.ts'
import type { Store } from '../store.ts'
import { createTicket, type TicketOptions, type TicketStore } from '../ticket.ts'
import { createTicketList, type TicketListOptions, type TicketListStore } from '../ticket-list.ts'
import type { TicketListState } from '../ticket-list-feed.ts'
import type { TicketState } from '../ticket-state.ts'
import type { TypingUser } from '../typing.ts'
import { createUnreadCount, type UnreadCountOptions, type UnreadCountState } from '../unread-count.ts'

/** A state with what can be done to it. */
export type StateWithActions<State, From extends Store<State>> = State & Omit<From, keyof Store<State>>

const Context = createContext<HeraldClient | null>(null)

/** Gives a client to what is inside. Make the client outside of components, or once per user who signs in. */
export function HeraldProvider({
  client,
  children,
}: {
  readonly client: HeraldClient
  readonly children?: ReactNode
}): ReactNode {
  return createElement(Context.Provider, { value: client }, children)
}

/** The client of the nearest `HeraldProvider`. Throws outside of one. */
export function useHeraldClient(): HeraldClient {
  const client = useContext(Context)
  if (!client) throw new Error('There is no HeraldProvider around this component.')
  return client
}

/** The state of a store, whose source is open while the component is there. */
export function useStore<State>({ subscribe, getSnapshot, getServerSnapshot }: Store<State>): State {
  return useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot)
}

/** A state with the methods of its store, which stay the same from one rendering to the next. */
function useWithActions<State, From extends Store<State>>(store: From): StateWithActions<State, From> {
  const { subscribe: _, getSnapshot: __, getServerSnapshot: ___, ...actions } = store
  return { ...useStore<State>(store), ...actions }
}

/** An inbox: list, counts and marks. Components with the same options share one. */
export function useInbox(options?: InboxOptions): StateWithActions<InboxState, Inbox> {
  return useWithActions<InboxState, Inbox>(createInbox(useHeraldClient(), options))
}

/** How much is unread, for a badge without a list. */
export function useUnreadCount(options?: UnreadCountOptions): UnreadCountState {
  return useStore(createUnreadCount(useHeraldClient(), options))
}

/** A ticket: its conversation, who is here, who is typing and how far everybody has read. */
export function useTicket(ticketId: string, options?: TicketOptions): StateWithActions<TicketState, TicketStore> {
  return useWithActions<TicketState, TicketStore>(createTicket(useHeraldClient(), ticketId, options))
}

/** Who else is typing in a ticket, and what tells others that I am. */
export function useTyping(
  ticketId: string,
  options?: TicketOptions,
): Pick<TicketStore, 'typed' | 'stopTyping'> & { readonly typing: readonly TypingUser[] } {
  const ticket = createTicket(useHeraldClient(), ticketId, options)
  const read = (): readonly TypingUser[] => ticket.getSnapshot().typing
  const readOnServer = (): readonly TypingUser[] => ticket.getServerSnapshot().typing
  const typing = useSyncExternalStore(ticket.subscribe, read, readOnServer)
  return { typing, typed: ticket.typed, stopTyping: ticket.stopTyping }
}

/** A list of tickets: a desk, or those of a customer. */
export function useTicketList(options?: TicketListOptions): StateWithActions<TicketListState, TicketListStore> {
  return useWithActions<TicketListState, TicketListStore>(createTicketList(useHeraldClient(), options))
}

/** Who of these users is online. */
export function usePresence(userIds: readonly string[]): PresenceState {
  return useStore(createPresence(useHeraldClient(), userIds))
}

/** How the connection is, and why. */
export function useConnectionState(): ConnectionState {
  return useStore(useHeraldClient().connection)
}

function followVisibility(changed: () => void): () => void {
  document.addEventListener('visibilitychange', changed)
  return () => document.removeEventListener('visibilitychange', changed)
}

/** Whether the page can be seen now. What stands in a hidden tab was not read. */
export function useIsPageVisible(): boolean {
  return useSyncExternalStore(
    followVisibility,
    () => !document.hidden,
    () => false,
  )
}
