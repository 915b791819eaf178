/** Example documents for support staff: the desk, a conversation with notes, who is here. Each has one operation, whose name is that of its tab. */
export const agentExamples: readonly string[] = [
  `# The desk: the tickets come at once, then each
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
  `# Of several agents one gets it,
# and the others learn who.

mutation TakeIt {
  claimTicket(ticketId: "T-1") {
    ticket {
      id
      assignee {
        name
      }
    }
  }
}
`,
  `# A ticket as staff sees it: public messages
# and internal notes, in one numbering.

subscription Conversation {
  ticketMessage(ticketId: "T-1") {
    id
    number
    visibility
    body
    author {
      name
      role
    }
    reactions {
      emoji
      count
    }
    createdAt
  }
}
`,
  `mutation Answer {
  sendTicketMessage(
    input: { ticketId: "T-1", body: "How can I help?" }
  ) {
    message {
      number
    }
  }
}
`,
  `# Customers never sense it.

mutation Note {
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
  `# Ends by itself after some seconds.

mutation Type {
  setTyping(ticketId: "T-1", isTyping: true) {
    resendAfterMs
  }
}
`,
  `# Who looks at a ticket.

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
`,
  `# How far everybody has read, and what has reached them.

subscription Receipts {
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
