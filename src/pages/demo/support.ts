import {
  createPresence,
  createTicket,
  createTicketList,
  type HeraldClient,
  type NewMessage,
  type PresenceState,
  type Store,
  type TicketListStore,
  type TicketMessage,
  type TicketReads,
  type TicketStore,
} from '@herald/client'
import type { Ledger } from './ledger.ts'
import { createValue, type Value } from './store.ts'

/** Which tickets an agent looks at: all, those in their charge, or those that nobody has taken. */
export type DeskFilter = 'ALL' | 'ME' | 'NOBODY'

/** The ticket that is open on the screen of a person. */
export interface OpenTicket {
  readonly id: string
  readonly store: TicketStore
  /** Sends a message, and tells the ledgers of the others when Herald has stored it. */
  send(message: NewMessage): void
}

/** The tickets of a person: a desk, or a customer's own. */
export interface Support {
  readonly filter: Value<DeskFilter>
  /** The list for a filter. Customers have all of theirs. */
  readonly listOf: (filter: DeskFilter) => TicketListStore
  readonly open: Value<OpenTicket | null>
  /** Opens a ticket, or closes the one that is open. */
  readonly choose: (ticketId: string | null) => void
  /** Who of the customers is online, for agents; empty for customers. */
  readonly presence: Store<PresenceState>
}

interface SupportOptions {
  readonly client: HeraldClient
  readonly isAgent: boolean
  /** The customers of the demo. */
  readonly customers: readonly string[]
  readonly ledger: Ledger
  /** Called when Herald has stored a message of this person. */
  readonly onStored: (message: TicketMessage) => void
}

/** Makes the tickets of a person. */
export function createSupport({ client, isAgent, customers, ledger, onStored }: SupportOptions): Support {
  const open = createValue<OpenTicket | null>(null)
  let leave = (): void => {}

  const enter = (id: string): OpenTicket => {
    const store = createTicket(client, id)
    const sent = new Set<string>()
    leave = store.subscribe(({ messages }) => {
      ledger.onScreen(messages.map((message) => message.id))
      for (const message of messages)
        if (message.clientMessageId && sent.delete(message.clientMessageId)) onStored(message)
    })
    return { id, store, send: (message) => void sent.add(store.send(message)) }
  }

  return {
    filter: createValue<DeskFilter>('ALL'),
    listOf: (filter) => createTicketList(client, filter === 'ALL' ? {} : { filter: { assigned: [filter] } }),
    open,
    choose: (ticketId) => {
      const before = open.getSnapshot()
      if (before?.id === ticketId) return
      leave()
      leave = () => {}
      if (before) ledger.left(before.id)
      open.set(ticketId === null ? null : enter(ticketId))
    },
    presence: createPresence(client, isAgent ? customers : []),
  }
}

/** How far a message got. Customers are told what the staff has read, and agents what has reached customers, too. */
export function receiptOf(
  { number, visibility }: TicketMessage,
  { isAgent }: { readonly isAgent: boolean },
  reads: TicketReads | null,
): 'sent' | 'delivered' | 'read' {
  const has = (upTo: number | null | undefined): boolean => (upTo ?? 0) >= number
  if (!isAgent) return has(reads?.staffReadNumber) ? 'read' : 'sent'
  const customers = reads?.readers.filter(({ user }) => user.role === 'CUSTOMER' && visibility === 'PUBLIC') ?? []
  if (customers.some(({ lastReadNumber }) => has(lastReadNumber))) return 'read'
  return customers.some(({ lastDeliveredNumber }) => has(lastDeliveredNumber)) ? 'delivered' : 'sent'
}
