import { gql, type TypedDocumentNode } from '@apollo/client'

// What the page asks of Herald. GraphQL Code Generator can make the types, as in examples/react-client.

interface Entry {
  readonly id: string
  readonly title: string
  readonly createdAt: string
  readonly readAt: string | null
  readonly arrivedRevision: number
}

interface InboxPage {
  readonly notifications: {
    readonly nodes: readonly Entry[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
    readonly unread: { readonly count: number; readonly isCapped: boolean }
    readonly resumeCursor: string
  }
}

interface Message {
  readonly id: string
  readonly number: number
  readonly author: { readonly userId: string; readonly name: string | null }
  readonly body: string | null
}

interface ChatPage {
  readonly ticket: {
    readonly subject: string | null
    readonly messages: {
      readonly nodes: readonly Message[]
      readonly pageInfo: { readonly hasPreviousPage: boolean; readonly startCursor: string | null }
      readonly resumeCursor: string
    }
  } | null
}

/** Somebody else types, or has stopped. */
export interface Typing {
  readonly user: { readonly userId: string; readonly name: string | null }
  readonly isTyping: boolean
}

type Cursor = string | null | undefined

const ENTRY = gql`
  fragment Entry on Notification {
    id title createdAt seenAt readAt archivedAt revision arrivedRevision
  }
`
const MESSAGE = gql`
  fragment Message on TicketMessage {
    id number revision author { userId name } body createdAt deletedAt
  }
`

export const INBOX: TypedDocumentNode<InboxPage, { readonly after?: Cursor }> = gql`
  query Inbox($after: Cursor) {
    notifications(first: 20, after: $after) {
      nodes { ...Entry }
      pageInfo { hasNextPage endCursor }
      unread { count isCapped revision }
      resumeCursor
    }
  }
  ${ENTRY}
`

export const INBOX_EVENTS: TypedDocumentNode<object, { readonly after?: Cursor }> = gql`
  subscription InboxEvents($after: Cursor) {
    notificationEvents(after: $after) {
      unread { count isCapped revision }
      ... on NotificationAdded { notification { ...Entry } }
      ... on NotificationUpdated { notification { ...Entry } }
      ... on NotificationsMarked { mark ids upToRevision category at }
      ... on NotificationsRemoved { ids reason }
    }
  }
  ${ENTRY}
`

export const READ: TypedDocumentNode<object, { readonly ids: readonly string[] }> = gql`
  mutation Read($ids: [ID!]!) {
    markAsRead(ids: $ids) { notifications { ...Entry } unread { count isCapped revision } }
  }
  ${ENTRY}
`

export const READ_ALL: TypedDocumentNode<object, Record<string, never>> = gql`
  mutation ReadAll {
    markAllAsRead { notifications { ...Entry } unread { count isCapped revision } }
  }
  ${ENTRY}
`

export const SEE_ALL: TypedDocumentNode<object, Record<string, never>> = gql`
  mutation SeeAll {
    markAllAsSeen { notifications { id seenAt } }
  }
`

export const CHAT: TypedDocumentNode<ChatPage, { readonly ticketId: string; readonly before?: Cursor }> = gql`
  query Chat($ticketId: ID!, $before: Cursor) {
    ticket(id: $ticketId) {
      id
      subject
      messages(last: 20, before: $before) {
        nodes { ...Message }
        pageInfo { hasPreviousPage startCursor }
        resumeCursor
      }
    }
  }
  ${MESSAGE}
`

export const MESSAGES: TypedDocumentNode<object, { readonly ticketId: string; readonly after?: Cursor }> = gql`
  subscription Messages($ticketId: ID!, $after: Cursor) {
    ticketMessage(ticketId: $ticketId, after: $after) { ...Message }
  }
  ${MESSAGE}
`

export const SAY: TypedDocumentNode<
  object,
  { readonly ticketId: string; readonly body: string; readonly clientMessageId: string }
> = gql`
  mutation Say($ticketId: ID!, $body: String!, $clientMessageId: ID!) {
    sendTicketMessage(input: { ticketId: $ticketId, body: $body, clientMessageId: $clientMessageId }) {
      message { ...Message }
    }
  }
  ${MESSAGE}
`

export const READ_TICKET: TypedDocumentNode<object, { readonly ticketId: string; readonly upToNumber: number }> = gql`
  mutation ReadTicket($ticketId: ID!, $upToNumber: Int!) {
    markTicketAsRead(ticketId: $ticketId, upToNumber: $upToNumber) { id }
  }
`

export const TYPING: TypedDocumentNode<{ readonly userTyping: Typing }, { readonly ticketId: string }> = gql`
  subscription TypingInTicket($ticketId: ID!) {
    userTyping(ticketId: $ticketId) { user { userId name } isTyping }
  }
`

export const SET_TYPING: TypedDocumentNode<object, { readonly ticketId: string; readonly isTyping: boolean }> = gql`
  mutation SetTyping($ticketId: ID!, $isTyping: Boolean!) {
    setTyping(ticketId: $ticketId, isTyping: $isTyping) { resendAfterMs }
  }
`
