import type { TokenRole } from './app.ts'
import type { Data, Device } from './device.ts'

/** How it stands somewhere. */
export interface Standing {
  /** How often something was sent there. */
  readonly count: number
  /** What was set last. */
  readonly subject: string
}

/** Somebody who follows what happens in one place. */
export interface Reader {
  readonly userId: string
  readonly role: TokenRole
  /** Subscriptions to logs, with `after`. */
  readonly logs: readonly [string, ...string[]]
  /** One of them over Server-Sent Events. */
  readonly stream: string
  readonly states: readonly State[]
  /** Reads a cursor behind all that there is. */
  readonly cursorNow: (device: Device) => Promise<string>
}

/** A subscription to a state. */
interface State {
  readonly query: string
  readonly isAt: (data: Data, standing: Standing) => boolean
}

/** Where something is sent again and again, and who follows that. */
export interface Place {
  /** A mutation of a backend with a `$key` that makes sending twice sending once. */
  readonly send: string
  /** A mutation of a backend that sets a `$subject`. */
  readonly set?: string
  readonly readers: readonly [Reader, ...Reader[]]
}

/** Logs of an inbox. */
export const ADDED = 'subscription ($after: Cursor) { notificationAdded(after: $after) { title } }'
export const EVENTS = `subscription ($after: Cursor) {
  notificationEvents(after: $after) { __typename ... on NotificationAdded { cursor } ... on NotificationsReset { cursor } }
}`

/** The inbox of alice. */
export const INBOX: Place = {
  send: `mutation ($key: String!) {
    notify(input: { userIds: ["alice"], idempotencyKey: $key, notification: { type: "a.b", title: "Hi" } }) { notificationId }
  }`,
  readers: [
    {
      userId: 'alice',
      role: 'customer',
      logs: [ADDED, EVENTS],
      stream: EVENTS,
      states: [
        {
          query: 'subscription { unreadCount { count isCapped } }',
          isAt: ({ unreadCount: { count, isCapped } }, standing) =>
            isCapped ? count <= standing.count : count === standing.count,
        },
      ],
      cursorNow: async (device) =>
        (await device.run('{ notifications(first: 1) { resumeCursor } }'))['notifications'].resumeCursor,
    },
  ],
}

const MESSAGES = 'subscription ($after: Cursor) { ticketMessage(ticketId: "42", after: $after) { body } }'

function readerOfTicket(userId: string, role: TokenRole): Reader {
  return {
    userId,
    role,
    logs: [MESSAGES],
    stream: MESSAGES,
    states: [
      {
        query: 'subscription { supportMessage { number } }',
        isAt: ({ supportMessage }, { count }) => supportMessage.number === count,
      },
      {
        query: 'subscription { ticketChanged(ticketId: "42") { subject } }',
        isAt: ({ ticketChanged }, { subject }) => ticketChanged.subject === subject,
      },
    ],
    cursorNow: async (device) =>
      (await device.run('{ ticket(id: "42") { messages(last: 1) { resumeCursor } } }'))['ticket'].messages.resumeCursor,
  }
}

/** Ticket 42, with a customer and one of the staff. */
export const TICKET: Place = {
  send: `mutation ($key: ID!) {
    sendTicketMessage(input: { ticketId: "42", body: "Hi", clientMessageId: $key }) { isDuplicate }
  }`,
  set: `mutation ($subject: String!) {
    upsertTicket(input: { id: "42", subject: $subject, participants: [{ id: "alice" }] }) { id }
  }`,
  readers: [readerOfTicket('alice', 'customer'), readerOfTicket('bob', 'agent')],
}
