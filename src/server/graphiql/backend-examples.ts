/** Example documents for a backend of the product: notify, open a ticket, send events. Each has one operation, whose name is that of its tab. */
export const backendExamples: readonly string[] = [
  `# Press play: the notification is stored, then
# told to all devices of these users.
# Their ids are the "sub" of their tokens.

mutation Notify {
  notify(
    input: {
      userIds: ["alice"]
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
  `# Makes a ticket known, with who takes part.
# Then customers and agents can talk in it.

mutation OpenTicket {
  upsertTicket(
    input: {
      id: "T-1"
      subject: "My invoice is wrong"
      participants: [{ id: "alice", name: "Alice" }]
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
  `# How far a notification got.
# Take the id of one that you have sent.

query HasItArrived {
  notificationStatus(
    id: "01936f4e-7a57-7c3e-a5b1-3f2d5c8e9b10"
    userIds: ["alice"]
  ) {
    userId
    storedAt
    deliveredAt
    seenAt
    readAt
  }
}
`,
  `# When nobody saw it in time, Herald tells your
# backend, which can then send a mail:
# HANDOFF_URL says where.

mutation NotifyOrMail {
  notify(
    input: {
      userIds: ["alice"]
      notification: {
        type: "shop.order.shipped"
        title: "Your order is on its way"
        handOff: { afterSeconds: 60 }
      }
    }
  ) {
    notificationId
  }
}
`,
  `# Who is connected.

query HowManyAreHere {
  connectionStats {
    connections
    users
  }
}
`,
  `# An event of the product's own for all devices
# of a user: passed on, not stored.

mutation SendToUser {
  sendToUser(
    userId: "alice"
    event: "cart.updated"
    data: { items: 3 }
  ) {
    id
    at
  }
}
`,
]
