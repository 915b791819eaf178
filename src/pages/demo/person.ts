import {
  type Actor,
  type ConnectionState,
  createHeraldClient,
  createInbox,
  type Inbox,
  type Store,
  type TicketMessage,
} from '@herald/client'
import { createLedger, type Ledger } from './ledger.ts'
import { type Cut, createNetwork } from './network.ts'
import type { Setup, SetupPerson } from './setup.ts'
import { createValue, type Value } from './store.ts'
import { createSupport, type Support } from './support.ts'

/** Somebody in the demo, with a connection and a network of their own. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly role: SetupPerson['role']
  readonly connection: Store<ConnectionState>
  readonly inbox: Inbox
  readonly support: Support
  /** As others see this person. */
  readonly me: Actor
  readonly ledger: Ledger
  /** How the network is cut; null when it is whole. */
  readonly cut: Value<Cut | null>
  /** Cuts the network, or mends it. */
  readonly setCut: (cut: Cut | null) => void
}

/** Shorter than the defaults, so that a silent cut is seen while somebody looks. */
const TIMES = { ping: 2_000, pong: 1_500, connecting: 3_000 }

/** Makes a person, who is connected from now on. `onStored` is called when Herald has stored a message of theirs. */
export function createPerson(
  { id, name, role, token }: SetupPerson,
  { path, people }: Setup,
  onStored: (message: TicketMessage) => void,
): Person {
  const network = createNetwork()
  const client = createHeraldClient({
    url: path,
    token,
    webSocket: network.webSocket,
    fetch: network.fetch,
    events: network.events,
    times: TIMES,
  })
  const inbox = createInbox(client, { pageSize: 100, unseen: false })
  const ledger = createLedger()
  const cut = createValue<Cut | null>(null)
  inbox.subscribe(({ items }) => ledger.onScreen(items.map((item) => item.id)))
  const tellLedger = (): void =>
    ledger.connected(cut.getSnapshot() === null && client.connection.getSnapshot().status === 'connected')
  client.connection.subscribe(tellLedger)
  const isAgent = role === 'agent'
  const customers = people.filter((other) => other.role === 'customer').map((other) => other.id)
  return {
    ...{ id, name, role, inbox, ledger, cut },
    support: createSupport({ client, isAgent, customers, ledger, onStored }),
    me: { userId: id, role: isAgent ? 'AGENT' : 'CUSTOMER', name, avatarUrl: null },
    connection: client.connection,
    setCut: (kind) => {
      cut.set(kind)
      if (kind === null) network.mend()
      else network.cut(kind)
      tellLedger()
    },
  }
}
