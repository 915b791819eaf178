// What a page of the old service did with `socket.on` and `socket.emit`, with Herald. `client` is one of graphql-ws.

/** Calls `onData` with each result, until the returned function is called. */
function follow(client, query, variables, onData) {
  return client.subscribe(
    { query, variables },
    {
      next: ({ data, errors }) => (errors ? console.error(errors[0].message) : onData(data)),
      error: console.error,
      complete: () => {},
    },
  )
}

/** Asks once: a query or a mutation. */
export async function ask(client, query, variables) {
  for await (const { data, errors } of client.iterate({ query, variables })) {
    if (errors) throw Object.assign(new Error(errors[0].message), errors[0].extensions)
    return data
  }
}

// socket.on('notification:new', onNotification); socket.on('unread-count', onCount)
export function followInbox(client, { onNotification, onCount }) {
  const ends = [
    follow(client, 'subscription { notificationAdded { id title body data } }', {}, (data) =>
      onNotification(data.notificationAdded),
    ),
    follow(client, 'subscription { unreadCount { count } }', {}, (data) => onCount(data.unreadCount)),
  ]
  return () => ends.forEach((end) => void end())
}

// socket.emit('mark-as-read', { notificationIds })
export const markAsRead = (client, notificationIds) =>
  ask(client, 'mutation ($ids: [ID!]!) { markAsRead(ids: $ids) { changed } }', { ids: notificationIds })

// socket.emit('join-ticket', { ticketId }); socket.on('message:new', onMessage); socket.on('user-typing', onTyping)
export function joinTicket(client, ticketId, { onMessage, onTyping }) {
  const message = 'subscription ($id: ID!) { ticketMessage(ticketId: $id) { id body author { name } } }'
  const typing = 'subscription ($id: ID!) { userTyping(ticketId: $id) { user { name } isTyping } }'
  const ends = [
    follow(client, message, { id: ticketId }, (data) => onMessage(data.ticketMessage)),
    follow(client, typing, { id: ticketId }, (data) => onTyping(data.userTyping)),
  ]
  // socket.emit('leave-ticket', { ticketId })
  return () => ends.forEach((end) => void end())
}

// socket.emit('typing', { ticketId, isTyping })
export const setTyping = (client, ticketId, isTyping) =>
  ask(client, 'mutation ($id: ID!, $is: Boolean!) { setTyping(ticketId: $id, isTyping: $is) { accepted } }', {
    id: ticketId,
    is: isTyping,
  })
