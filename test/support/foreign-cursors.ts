import type { Data, Device } from './device.ts'

/** Names of one kind as one user sees them. */
export interface Names {
  /** What is the user's own. */
  readonly own: string
  /** What never existed, in the form of what does. */
  readonly unknown: string
  /** What is not the user's, or no longer, each by what it is. */
  readonly foreign: Readonly<Record<string, string>>
  /** What the user sees but others have, too, or wrote: what is done to it must leave alone what is theirs. */
  readonly shared?: Readonly<Record<string, string>>
}

/** Puts names of one kind together. */
export function named(
  own: string,
  unknown: string,
  foreign: Names['foreign'] = {},
  shared: Names['foreign'] = {},
): Names {
  return { own, unknown, foreign, shared }
}

/** What shows an inbox and tickets with their cursors. */
export const INBOX =
  '{ notifications(first: 5) { edges { cursor } resumeCursor } tickets(first: 5) { edges { cursor node { id } } } }'
/** The messages of a ticket with their cursors. */
export const MESSAGES = 'query ($id: ID!) { ticket(id: $id) { messages(last: 5) { edges { cursor } resumeCursor } } }'

/** The same cursor of another history. */
function forged(cursor: string): string {
  const [mark, epoch, ...parts] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  const other = `${epoch}`.replaceAll(/[A-Za-z0-9]/g, 'x')
  return Buffer.from(JSON.stringify([mark, other, ...parts])).toString('base64url')
}

/** The same place in a list of tickets, of a ticket that does not exist. */
function forgedPlace(cursor: string): string {
  const [mark, epoch, at] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  return Buffer.from(JSON.stringify([mark, epoch, at, 'ticket-of-nobody'])).toString('base64url')
}

/** The cursors that somebody was given. */
export async function cursorsOf(device: Device, ticketId: string) {
  const { notifications, tickets } = await device.run(INBOX)
  const { messages } = (await device.run(MESSAGES, { id: ticketId }))['ticket']
  return {
    inbox: notifications.resumeCursor as string,
    inboxPage: (notifications.edges[0]?.cursor ?? '') as string,
    ticketPage: (tickets.edges.find(({ node }: Data) => node['id'] === ticketId)?.cursor ?? '') as string,
    conversation: messages.resumeCursor as string,
    conversationPage: messages.edges[0].cursor as string,
  }
}

type Cursors = Awaited<ReturnType<typeof cursorsOf>>

/** The names of cursors for somebody who was given `own`, and what others were given. `carol` sees other tickets. */
export function cursorNames(own: Cursors, others: Readonly<Record<string, Partial<Cursors>>>, carol?: Cursors) {
  const names = (kind: keyof Cursors, unknown = forged(own[kind])): Names => ({
    own: own[kind],
    unknown,
    foreign: Object.fromEntries(
      Object.entries(others).flatMap(([name, cursors]) => (cursors[kind] ? [[name, cursors[kind]]] : [])),
    ),
  })
  return {
    'inbox cursor': names('inbox'),
    'inbox page': names('inboxPage'),
    'conversation cursor': names('conversation'),
    'conversation page': names('conversationPage'),
    // Its place is a time and an id, which anybody can make up: what matters is that nothing of another's list comes.
    'ticket page': carol
      ? { own: own.ticketPage, unknown: forgedPlace(carol.ticketPage), foreign: { "Carol's": carol.ticketPage } }
      : named(own.ticketPage, forgedPlace(own.ticketPage)),
  }
}
