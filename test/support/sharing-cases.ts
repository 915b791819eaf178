import { startTestApp, type TestApp, type TokenRole } from './app.ts'
import { connectDevice, type Device } from './device.ts'
import { answerTo, reactTo } from './sharing-messages.ts'
import { notifying } from './sharing-notifications.ts'

/** Two users of each role. */
export const PEOPLE = {
  alice: 'customer',
  carol: 'customer',
  bob: 'agent',
  ben: 'agent',
  dora: 'admin',
  dan: 'admin',
  shop: 'backend',
  till: 'backend',
} as const satisfies Readonly<Record<string, TokenRole>>

type Name = keyof typeof PEOPLE
export const ALL = Object.keys(PEOPLE) as readonly Name[]
export const CUSTOMERS: readonly Name[] = ['alice', 'carol']
const STAFF = ALL.filter((name) => !CUSTOMERS.includes(name))

function but(...names: readonly Name[]): readonly Name[] {
  return ALL.filter((name) => !names.includes(name))
}

/** A Herald with ticket 42, on which everybody has a device. */
export interface Scene {
  readonly app: TestApp
  readonly devices: Readonly<Record<Name, Device>>
  /** Another customer, who takes part in the ticket and follows nothing. */
  readonly zed: Device
}

/** Makes something happen, and names who is told of it. */
type Step = readonly [hearers: readonly Name[], act: (scene: Scene) => Promise<unknown>]

/** A subscription that everybody follows, and what happens meanwhile. */
export interface Case {
  readonly call: string
  /** It tells something at once. */
  readonly hasFirst?: boolean
  /** What can happen many times until everybody has received it, and then once more with this text in it: nothing else says who listens. */
  readonly warmUp?: {
    readonly act: (scene: Scene) => Promise<unknown>
    readonly mark: (scene: Scene) => Promise<unknown>
    readonly text: string
  }
  readonly steps: readonly Step[]
  /** Users of one role whose results must differ, so that the comparison means something. */
  readonly differ?: readonly (readonly [Name, Name])[]
}

function notify(...userIds: readonly Name[]): Step {
  return [userIds, notifying(userIds)]
}

const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { id } } }'

function say(who: Name, body: string, visibility = 'PUBLIC', hearers = visibility === 'PUBLIC' ? ALL : STAFF): Step {
  return [
    hearers,
    ({ devices }) => devices[who].run(SEND, { input: { ticketId: '42', body, visibility, data: { by: who } } }),
  ]
}

function run(hearers: readonly Name[], who: Name, query: string): Step {
  return [hearers, ({ devices }) => devices[who].run(query)]
}

const PARTICIPANTS = 'participants: [{ id: "alice", name: "Alice" }, { id: "carol" }, { id: "zed" }]'

function upsert(more: string): string {
  return `mutation { upsertTicket(input: { id: "42", ${PARTICIPANTS} ${more} }) { id } }`
}

function join(name: Name): Step {
  return [
    CUSTOMERS.includes(name) ? ALL : STAFF,
    async ({ devices }) => void devices[name].subscribe('subscription { ticketMessage(ticketId: "42") { id } }'),
  ]
}

function typing(isTyping: boolean, visibility = 'PUBLIC'): string {
  return `mutation { setTyping(ticketId: "42", isTyping: ${isTyping}, visibility: ${visibility}) { accepted } }`
}

function markRead(upToNumber: number): string {
  return `mutation { markTicketAsRead(ticketId: "42", upToNumber: ${upToNumber}) { id } }`
}

function event(name: string): string {
  return `mutation { broadcast(event: "${name}", data: { text: "“ü😀”" }) { id } }`
}

/** Starts Herald, connects everybody, and makes the ticket, in which two messages are. */
export async function openScene(): Promise<Scene> {
  const env = {
    MAX_OPERATIONS_PER_SECOND: '10000',
    // Everything is asked of everything.
    MAX_OPERATION_COST: '1000000',
    TYPING_THROTTLE_MS: '0',
    PRESENCE_GRACE_MS: '1',
    TICKET_GRACE_MS: '1',
  }
  const app = await startTestApp({ env })
  const devices = Object.fromEntries(
    await Promise.all(ALL.map(async (name) => [name, await connectDevice(app, name, PEOPLE[name])] as const)),
  ) as Record<Name, Device>
  const scene = { app, devices, zed: await connectDevice(app, 'zed') }
  await devices.shop.run(upsert(''))
  for (const [, act] of [say('alice', 'First'), say('bob', 'Second')]) await act(scene)
  return scene
}

/** A case for each subscription. */
export const CASES: readonly Case[] = [
  {
    call: 'notificationAdded(after: $after)',
    steps: [notify('alice', 'bob'), notify('carol'), notify('alice'), notify(...ALL)],
    differ: [['alice', 'carol']],
  },
  {
    call: 'notificationEvents(after: $after)',
    steps: [
      notify(...ALL),
      notify('bob'),
      run(['alice'], 'alice', 'mutation { markAllAsRead { changed } }'),
      run(['ben'], 'ben', 'mutation { markAllAsRead { changed } }'),
    ],
    differ: [['alice', 'carol']],
  },
  {
    call: 'unreadCount',
    hasFirst: true,
    steps: [notify('alice', 'bob', 'shop'), notify('alice'), notify(...ALL)],
    differ: [
      ['alice', 'carol'],
      ['bob', 'ben'],
    ],
  },
  {
    call: 'ticketMessage(ticketId: "42", after: $after)',
    steps: [
      say('alice', 'Hello'),
      say('bob', 'A note', 'INTERNAL'),
      say('bob', 'An answer'),
      say('dora', 'Another note', 'INTERNAL'),
      say('carol', 'Thanks'),
      [ALL, reactTo('carol', 1)],
      [ALL, reactTo('bob', 1)],
      [ALL, answerTo('alice', 1)],
    ],
  },
  {
    call: 'ticketChanged(ticketId: "42")',
    hasFirst: true,
    steps: [
      run(ALL, 'shop', upsert('subject: "Lamp"')),
      run(ALL, 'shop', upsert('status: PENDING, assignee: { id: "bob", role: AGENT, name: "Bob" }')),
    ],
    differ: [
      ['alice', 'carol'],
      ['bob', 'ben'],
    ],
  },
  {
    call: 'supportMessage',
    hasFirst: true,
    steps: [say('alice', 'Hello'), say('bob', 'A note', 'INTERNAL'), say('carol', 'And I?')],
    differ: [
      ['alice', 'carol'],
      ['bob', 'ben'],
    ],
  },
  {
    call: 'ticketList',
    hasFirst: true,
    steps: [
      say('alice', 'Hello'),
      say('bob', 'A note', 'INTERNAL'),
      run(STAFF, 'shop', upsert('assignee: { id: "dan", role: ADMIN, name: "Dan" }')),
      run(['carol'], 'carol', 'mutation { markTicketAsRead(ticketId: "42", upToNumber: 2) { id } }'),
      say('carol', 'And I?'),
    ],
    differ: [
      ['alice', 'carol'],
      ['bob', 'ben'],
    ],
  },
  {
    call: 'ticketPresence(ticketId: "42")',
    hasFirst: true,
    steps: [join('alice'), join('bob'), join('carol'), join('dora')],
  },
  {
    call: 'ticketReads(ticketId: "42")',
    hasFirst: true,
    steps: [
      say('carol', 'Hello'),
      run(STAFF, 'dora', markRead(1)),
      run(ALL, 'alice', markRead(3)),
      run(ALL, 'ben', markRead(3)),
      run(STAFF, 'dan', markRead(2)),
    ],
  },
  {
    call: 'userTyping(ticketId: "42")',
    warmUp: {
      act: ({ zed }) => zed.run(typing(true)),
      mark: ({ zed }) => zed.run(typing(false)),
      text: '"isTyping":false',
    },
    steps: [
      run(but('alice'), 'alice', typing(true)),
      run(but('alice'), 'alice', typing(false)),
      run(but('bob'), 'bob', typing(true)),
      run(
        STAFF.filter((name) => name !== 'dora'),
        'dora',
        typing(true, 'INTERNAL'),
      ),
    ],
  },
  {
    call: 'customEvent(ticketId: "42")',
    warmUp: {
      act: ({ devices: { till } }) => till.run(event('warm')),
      mark: ({ devices: { till } }) => till.run(event('mark')),
      text: '"name":"mark"',
    },
    steps: [
      run(['alice'], 'shop', 'mutation { sendToUser(userId: "alice", event: "a", data: { a: { b: [1] } }) { id } }'),
      run(['bob', 'carol'], 'shop', 'mutation { sendToMultipleUsers(userIds: ["bob", "carol"], event: "b") { id } }'),
      run(but('bob'), 'shop', 'mutation { sendToTicket(ticketId: "42", event: "c", excludeUserId: "bob") { id } }'),
      run(but('alice'), 'shop', 'mutation { broadcast(event: "d", excludeUserId: "alice") { id } }'),
      run(ALL, 'shop', event('e')),
    ],
    differ: [['alice', 'carol']],
  },
  {
    call: 'presenceChanged(userIds: ["eve"])',
    hasFirst: true,
    steps: [
      [ALL, async ({ app }) => (await connectDevice(app, 'eve')).run('{ me { id } }')],
      [ALL, ({ devices: { shop } }) => shop.run('mutation { disconnectUser(userId: "eve") }')],
    ],
  },
]
