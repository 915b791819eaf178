import type { Example } from './examples.ts'

/** What the support staff can do: who waits, conversation with notes, who is here. */
export const agentExamples: readonly Example[] = [
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
