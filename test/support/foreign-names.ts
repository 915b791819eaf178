import { startTestApp, type TestApp, type TokenRole } from './app.ts'
import type { Kind } from './argument-meanings.ts'
import { connectDevice, type Device } from './device.ts'
import { cursorNames, cursorsOf, INBOX, MESSAGES, type Names, named } from './foreign-cursors.ts'
import { NO_BUDGETS } from './no-budgets.ts'

/** A user, and the names of every kind as this user sees them. */
export interface Prober {
  readonly userId: string
  /** Undefined: somebody without a token. */
  readonly role: TokenRole | undefined
  readonly names: Readonly<Record<Kind, Names>>
}

/** A Herald in which users have things that are not each other's. */
export interface ForeignScene {
  readonly app: TestApp
  readonly backend: Device
  readonly probers: readonly Prober[]
  /** Names as Carol sees them, who follows everything of her own, and as the agent Bob does. */
  readonly followers: readonly Prober[]
}

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { id } } }'
const UPSERT = 'mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }'
const DELETE = 'mutation ($id: ID!) { deleteTicketMessage(id: $id) { id } }'

const UNKNOWN_UUID = '018f0000-0000-7000-8000-000000000000'

interface People {
  readonly alice: Device
  readonly carol: Device
  readonly bob: Device
  readonly backend: Device
}

/** Tickets, what is said in them, and notifications. */
async function fill({ alice, carol, bob, backend }: People) {
  const upsert = (id: string, ...userIds: readonly string[]) =>
    backend.run(UPSERT, { input: { id, participants: userIds.map((userId) => ({ id: userId })) } })
  const say = async (who: Device, ticketId: string, more: object = {}): Promise<string> =>
    (await who.run(SEND, { input: { ticketId, body: 'Hello', ...more } }))['sendTicketMessage'].message.id
  const notify = async (userIds: string | readonly string[], more: object = {}): Promise<string> =>
    (
      await backend.run(NOTIFY, {
        input: { userIds: [userIds].flat(), notification: { type: 'a.b', title: 'Hi' }, ...more },
      })
    )['notify'].notificationId

  await upsert('ticket-of-alice', 'alice', 'carol')
  await upsert('ticket-of-carol', 'carol')
  await upsert('ticket-closed', 'carol')
  await upsert('ticket-lost', 'alice', 'carol')
  const messages = {
    alice: await say(alice, 'ticket-of-alice', { clientMessageId: 'client-alice' }),
    carol: await say(carol, 'ticket-of-carol', { clientMessageId: 'client-elsewhere' }),
    shared: await say(carol, 'ticket-of-alice', { clientMessageId: 'client-carol' }),
    note: await say(bob, 'ticket-of-alice', { clientMessageId: 'client-note', visibility: 'INTERNAL' }),
    deletedNote: await say(bob, 'ticket-of-alice', { visibility: 'INTERNAL' }),
    deleted: await say(carol, 'ticket-of-carol'),
    closed: await say(carol, 'ticket-closed'),
    lost: await say(alice, 'ticket-lost'),
  }
  await bob.run(DELETE, { id: messages.deletedNote })
  // So that each of the senders has a read mark, which later moves.
  await bob.run('mutation { markTicketAsRead(ticketId: "ticket-of-alice", upToNumber: 1) { id } }')
  await carol.run(DELETE, { id: messages.deleted })
  await carol.run(
    'mutation { setTyping(ticketId: "ticket-of-alice", isTyping: true, deviceId: "device-of-carol") { accepted } }',
  )
  const lost = (await alice.run(MESSAGES, { id: 'ticket-lost' }))['ticket'].messages
  await upsert('ticket-lost', 'carol')
  await backend.run('mutation { upsertTicket(input: { id: "ticket-closed", status: CLOSED }) { id } }')

  const notifications = {
    alice: await notify('alice', { idempotencyKey: 'key-used' }),
    carol: await notify('carol'),
    bob: await notify('bob'),
    retracted: await notify('carol'),
    shared: await notify(['alice', 'bob', 'carol']),
    announced: (
      await backend.run(
        'mutation { announce(input: { excludeUserId: "alice", notification: { type: "a.b", title: "Hi" } }) { notificationId } }',
      )
    )['announce'].notificationId as string,
  }
  await backend.run('mutation ($ids: [ID!]!) { retractNotifications(ids: $ids) }', { ids: [notifications.retracted] })
  return { messages, notifications, lost }
}

/** Makes users with things of their own, and what they would have to know to reach those of others. */
export async function openForeignScene(): Promise<ForeignScene> {
  const app = await startTestApp({
    env: {
      ...NO_BUDGETS,
      PRESENCE_GRACE_MS: '0',
      TICKET_GRACE_MS: '0',
      TYPING_THROTTLE_MS: '0',
      // An indicator that ends by itself would be received.
      TYPING_EXPIRY_MS: '600000',
    },
  })
  const [alice, carol] = [await connectDevice(app, 'alice'), await connectDevice(app, 'carol')]
  const [bob, backend] = [await connectDevice(app, 'bob', 'agent'), await connectDevice(app, 'shop', 'backend')]
  const dave = await connectDevice(app, 'dave')
  await dave.run(INBOX)
  await dave.close()
  for (const device of [alice, carol, bob]) await device.run(INBOX)
  const { messages, notifications, lost } = await fill({ alice, carol, bob, backend })

  const cursors = {
    alice: await cursorsOf(alice, 'ticket-of-alice'),
    carol: await cursorsOf(carol, 'ticket-of-carol'),
    bob: await cursorsOf(bob, 'ticket-of-alice'),
  }
  const lostCursors = { conversation: lost.resumeCursor, conversationPage: lost.edges[0].cursor }
  const tickets = {
    "Carol's": 'ticket-of-carol',
    "Carol's closed one": 'ticket-closed',
    'one that was hers': 'ticket-lost',
  }
  const keys = {
    device: named('device-of-alice', 'device-of-nobody', { "Carol's": 'device-of-carol' }),
    key: named('key-of-alice', 'key-of-nobody', { 'one that was used': 'key-used' }),
  }
  const asAlice: Prober['names'] = {
    ...keys,
    ...cursorNames(
      cursors.alice,
      { "Carol's": cursors.carol, "staff's": cursors.bob, 'of a lost ticket': lostCursors },
      cursors.carol,
    ),
    ticket: named('ticket-of-alice', 'ticket-of-nobody', tickets),
    message: named(
      messages.alice,
      UNKNOWN_UUID,
      {
        'a note in her ticket': messages.note,
        'a deleted note': messages.deletedNote,
        "one in Carol's ticket": messages.carol,
        "a deleted one in Carol's ticket": messages.deleted,
        'one in a closed ticket': messages.closed,
        'her own in a lost ticket': messages.lost,
      },
      { "Carol's in a ticket of both": messages.shared },
    ),
    notification: named(
      notifications.alice,
      UNKNOWN_UUID,
      {
        "Carol's": notifications.carol,
        "Bob's": notifications.bob,
        'one that was retracted': notifications.retracted,
        'an announcement without her': notifications.announced,
      },
      { 'one that Carol and Bob were told, too': notifications.shared },
    ),
    // Who is online is no secret, so it is somebody who was.
    user: named('alice', 'nobody', { Dave: 'dave' }),
    'client message id': named('client-new', 'client-of-nobody', {
      "Carol's in the same ticket": 'client-carol',
      'of a note in the same ticket': 'client-note',
      'of another ticket': 'client-elsewhere',
    }),
  }
  const asCarol: Prober['names'] = {
    ...asAlice,
    ...cursorNames(cursors.carol, { "Alice's": cursors.alice }),
    ticket: named('ticket-of-carol', 'ticket-of-nobody'),
    user: named('carol', 'nobody'),
  }
  const asBob: Prober['names'] = {
    ...keys,
    ...cursorNames(cursors.bob, { "Alice's": cursors.alice, "Carol's": cursors.carol }),
    ticket: named('ticket-of-alice', 'ticket-of-nobody'),
    message: named(messages.note, UNKNOWN_UUID, {}, { "Alice's": messages.alice, "Carol's": messages.shared }),
    notification: named(
      notifications.bob,
      UNKNOWN_UUID,
      { "Carol's": notifications.carol, 'one that was retracted': notifications.retracted },
      { 'one that Alice and Carol were told, too': notifications.shared },
    ),
    user: named('bob', 'nobody'),
    'client message id': named('client-new', 'client-of-nobody', {
      "Carol's in the same ticket": 'client-carol',
      "Alice's in the same ticket": 'client-alice',
    }),
  }
  const others = (names: Prober['names']): Prober['names'] =>
    Object.fromEntries(
      Object.entries(names).map(([kind, { own, unknown, foreign }]) => [
        kind,
        { own, unknown, foreign: { ...foreign, 'of a user': own } },
      ]),
    ) as unknown as Prober['names']
  return {
    app,
    backend,
    probers: [
      { userId: 'alice', role: 'customer', names: asAlice },
      { userId: 'bob', role: 'agent', names: asBob },
      { userId: 'nobody', role: undefined, names: others(asAlice) },
    ],
    followers: [
      { userId: 'carol', role: 'customer', names: asCarol },
      { userId: 'bob', role: 'agent', names: asBob },
    ],
  }
}
