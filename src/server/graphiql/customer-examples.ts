import type { Example } from './examples.ts'

/** What a customer can do: count, inbox, conversation. */
export const customerExamples: readonly Example[] = [
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
