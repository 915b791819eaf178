/** Example documents for a customer: unread count, inbox, conversation. Each has one operation, whose name is that of its tab. */
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
  `# What an inbox needs: each notification sent to me
# from now on, and what is read on another device.
# Cut the connection and come back: nothing is missing.

subscription WhatHappens {
  notificationEvents {
    __typename
    unread {
      count
    }
    ... on NotificationAdded {
      notification {
        id
        title
        body
        createdAt
      }
    }
    ... on NotificationsMarked {
      mark
      ids
    }
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
`,
  `# All my devices are told.

mutation ReadEverything {
  markAllAsRead {
    changed
    unread {
      count
    }
  }
}
`,
  `# How I want to be told, by category. What is
# muted (inApp: false) is stored and listed,
# and does not count. With neither inApp nor
# handOff the default applies again.

mutation MuteACategory {
  setPreference(category: "billing", inApp: false) {
    preferences {
      default {
        inApp
        handOff
      }
      categories {
        category
        inApp
        handOff
      }
    }
  }
}
`,
  `# When I am not to be disturbed: what is due
# then is handed off when these hours end,
# except what is URGENT. Null ends them.

mutation BeQuietAtNight {
  setQuietHours(
    input: {
      from: "22:00"
      to: "07:00"
      timeZone: "Europe/Berlin"
    }
  ) {
    preferences {
      quietHours {
        from
        to
        timeZone
        days
      }
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
    id
    number
    body
    author {
      name
      role
    }
    replyTo {
      number
    }
    attachments {
      name
    }
    reactions {
      emoji
      count
    }
    createdAt
  }
}
`,
  `# Says something. "replyToId" would answer a message.
# Files stay with your product: Herald tells of them.

mutation Say {
  sendTicketMessage(
    input: {
      ticketId: "T-1"
      body: "Anybody there?"
      attachments: [
        {
          name: "invoice.pdf"
          mediaType: "application/pdf"
          url: "https://files.example.com/1"
        }
      ]
    }
  ) {
    message {
      number
    }
  }
}
`,
  `# Play here, then set typing as agent:
# ?as=agent in another window.

subscription WhoIsTyping {
  userTyping(ticketId: "T-1") {
    user {
      name
    }
    isTyping
    expiresAt
  }
}
`,
  `# Finds words in tickets that I may see.

query FindWords {
  searchTickets(query: "invoice") {
    nodes {
      ticket {
        id
        subject
      }
      excerpt
    }
  }
}
`,
]
