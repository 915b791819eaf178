/** Example documents for a customer: unread count, inbox, conversation. */
export const customerExamples: readonly string[] = [
  `# Press play: the current count comes at once,
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
  `# Each notification sent to me from now on.
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
  `# My inbox, newest first, with the badge and
# the cursor of the same moment.

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
  `# Each message of a ticket of mine.
# Subscribing is joining the ticket,
# stopping is leaving it. The backend's page
# has an example that opens the ticket.

subscription Conversation {
  ticketMessage(ticketId: "T-1") {
    number
    body
    author {
      name
      role
    }
    createdAt
  }
}

mutation Say {
  sendTicketMessage(
    input: { ticketId: "T-1", body: "Anybody there?" }
  ) {
    message {
      number
    }
  }
}
`,
]
