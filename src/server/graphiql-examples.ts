/** The roles that the page has examples for. */
export type GraphiQLRole = 'customer' | 'agent' | 'backend'

/** A tab of the page. */
export interface Example {
  readonly query: string
  readonly variables?: string
}

const customer: readonly Example[] = [
  {
    query: `# Press play: the current count comes at once,
# and again whenever it changes. To change it,
# open ?as=backend in another window
# and press play there.

subscription HowMuchIsUnread {
  unreadCount {
    count
    isCapped
    byCategory {
      category
      count
    }
    revision
  }
}
`,
  },
  {
    query: `# Each notification sent to me from now on.
# Cut the connection and come back:
# nothing is missing.

subscription WhatIsNew {
  notificationAdded {
    id
    title
    body
    type
    priority
    actionUrl
    createdAt
  }
}
`,
  },
  {
    query: `# My inbox, newest first, with the badge and
# the stream position of the same moment.

query MyInbox {
  notifications(first: 20) {
    nodes {
      id
      title
      createdAt
      readAt
    }
    unread {
      count
      revision
    }
    resumeCursor
  }
}

# With several operations on a page,
# play asks which one to run.

mutation ReadEverything {
  markAllAsRead {
    changed
    unread {
      count
    }
  }
}
`,
  },
  {
    query: `# Each message of a ticket of mine.
# Subscribing is joining the ticket,
# stopping is leaving it. The backend's page
# has an example that opens the ticket.

subscription Conversation($ticketId: ID!) {
  ticketMessage(ticketId: $ticketId) {
    number
    body
    author {
      name
      role
    }
    createdAt
  }
}

mutation Say($ticketId: ID!) {
  sendTicketMessage(
    input: { ticketId: $ticketId, body: "Anybody there?" }
  ) {
    message {
      number
    }
  }
}
`,
    variables: '{\n  "ticketId": "T-1"\n}',
  },
]

const agent: readonly Example[] = [
  {
    query: `# Press play: all tickets with something unread
# come at once, then each in which something
# is written.

subscription WhoNeedsHelp {
  supportMessage {
    ticketId
    number
    authorRole
    unreadCount
    at
  }
}
`,
  },
  {
    query: `# A ticket as staff sees it: public messages
# and internal notes, in one numbering.

subscription Conversation($ticketId: ID!) {
  ticketMessage(ticketId: $ticketId) {
    number
    visibility
    body
    author {
      name
      role
    }
    createdAt
  }
}

mutation Answer($ticketId: ID!) {
  sendTicketMessage(
    input: { ticketId: $ticketId, body: "How can I help?" }
  ) {
    message {
      number
    }
  }
}

mutation NoteForColleagues($ticketId: ID!) {
  sendTicketMessage(
    input: {
      ticketId: $ticketId
      body: "Called last week too."
      visibility: INTERNAL
    }
  ) {
    message {
      number
      visibility
    }
  }
}
`,
    variables: '{\n  "ticketId": "T-1"\n}',
  },
  {
    query: `# Who looks at a ticket, who is typing in it.

subscription WhoIsHere($ticketId: ID!) {
  ticketPresence(ticketId: $ticketId) {
    change
    user {
      name
    }
    viewers {
      name
      role
    }
  }
}

subscription WhoIsTyping($ticketId: ID!) {
  userTyping(ticketId: $ticketId) {
    user {
      name
    }
    isTyping
    expiresAt
  }
}
`,
    variables: '{\n  "ticketId": "T-1"\n}',
  },
]

const backend: readonly Example[] = [
  {
    query: `# Press play: the notification is stored, then
# told to all devices of these users.
# Their ids are the "sub" of their tokens.

mutation Notify($userIds: [ID!]!) {
  notify(
    input: {
      userIds: $userIds
      notification: {
        type: "billing.invoice.paid"
        title: "Your invoice was paid"
        body: "Thank you."
        actionUrl: "/invoices/42"
      }
    }
  ) {
    notificationId
    recipients
  }
}
`,
    variables: '{\n  "userIds": ["customer"]\n}',
  },
  {
    query: `# Makes a ticket known, with who takes part.
# Then customers and agents can talk in it.

mutation OpenTicket {
  upsertTicket(
    input: {
      id: "T-1"
      subject: "My invoice is wrong"
      participants: [{ id: "customer" }]
    }
  ) {
    id
    status
    participants {
      user {
        name
      }
    }
  }
}
`,
  },
  {
    query: `# Who is connected, and an event of the
# product's own for all devices of a user:
# passed on, not stored.

query HowManyAreHere {
  connectionStats {
    connections
    users
  }
}

mutation SendToUser {
  sendToUser(
    userId: "customer"
    event: "cart.updated"
    data: { items: 3 }
  ) {
    id
    at
  }
}
`,
  },
]

/** What the page shows first to each role, so that pressing play does something. */
export const EXAMPLES: Readonly<Record<GraphiQLRole, readonly Example[]>> = { customer, agent, backend }
