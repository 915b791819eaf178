/** Example documents for support staff: the list of tickets, a conversation with notes, and who looks at a ticket. */
export const agentExamples: readonly string[] = [
  `# Press play: the tickets come at once, then each
# that is new or changes. To have one, open ?as=backend and
# ?as=customer in other windows.

subscription WhoNeedsHelp {
  ticketList(filter: { status: [OPEN, PENDING] }) {
    __typename
    ... on TicketListSnapshot {
      tickets {
        nodes {
          ...Line
        }
      }
    }
    ... on TicketListEntered {
      reasons
      ticket {
        ...Line
      }
    }
    ... on TicketListChanged {
      reasons
      ticket {
        ...Line
      }
    }
    ... on TicketListLeft {
      reasons
      ticketId
    }
  }
}

fragment Line on Ticket {
  id
  subject
  status
  unread {
    count
    isCapped
  }
  lastMessage {
    excerpt
  }
}
`,
  `# A ticket as staff sees it: public messages
# and internal notes, in one numbering.

subscription Conversation {
  ticketMessage(ticketId: "T-1") {
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

mutation Answer {
  sendTicketMessage(
    input: { ticketId: "T-1", body: "How can I help?" }
  ) {
    message {
      number
    }
  }
}

mutation NoteForColleagues {
  sendTicketMessage(
    input: {
      ticketId: "T-1"
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
  `# Who looks at a ticket, who is typing in it, what was delivered and read.

subscription WhoIsHere {
  ticketPresence(ticketId: "T-1") {
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

subscription WhoIsTyping {
  userTyping(ticketId: "T-1") {
    user {
      name
    }
    isTyping
    expiresAt
  }
}

subscription WhoHasRead {
  ticketReads(ticketId: "T-1") {
    readers {
      user {
        name
      }
      lastReadNumber
      lastDeliveredNumber
    }
    staffReadNumber
  }
}
`,
]
