import { extendSchema, type GraphQLObjectType, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createSchema } from '../../src/graphql/schema.ts'
import { resolvedFieldsOf } from '../support/viewer-fields.ts'

/** They look at the audience of who asks and at nothing else, so the scope of `ticketMessage` stays the audience. */
const OF_MESSAGE = ['TicketMessage.edits', 'TicketMessage.replyTo']
/** The fields of a ticket that look at who asks. */
const OF_TICKETS: readonly string[] = [
  'Ticket.isMuted',
  'Ticket.lastMessage',
  'Ticket.lastReadNumber',
  'Ticket.messages',
  'Ticket.mutedUntil',
  'Ticket.participants',
  'Ticket.reads',
  'Ticket.unread',
  'Ticket.unreadCount',
  ...OF_MESSAGE,
]

/**
 * The declaration of what in the payload of a subscription may depend on the viewer. Results are shared by all who ask the same
 * with the same scope (`Description.scope`). What an event says is the same for all of them; a field with a resolver of its own can look
 * at who asks. Whoever adds one names it here, and makes the scope of each subscription that reaches it the user
 * (`{ user }`), as `followChanged` does; `test/e2e/sharing.test.ts` then compares the bytes of two users.
 */
const DEPENDS_ON_THE_VIEWER: Readonly<Record<string, readonly string[]>> = {
  ticketMessage: OF_MESSAGE,
  ticketChanged: OF_TICKETS,
  supportMessage: OF_TICKETS,
  ticketList: [...OF_TICKETS, 'TicketConnection.counts'].sort(),
}

function undeclared(resolved: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return Object.entries(resolved).flatMap(([subscription, fields]) =>
    fields
      .filter((field) => !DEPENDS_ON_THE_VIEWER[subscription]?.includes(field))
      .map((field) => `${subscription}: ${field}`),
  )
}

describe('what subscriptions share', () => {
  test('is read from what happened, but for the fields that are declared', () => {
    const resolved = resolvedFieldsOf(createSchema())
    expect(undeclared(resolved)).toEqual([])
    expect(Object.keys(resolved).length).toBeGreaterThan(9)
    for (const [subscription, fields] of Object.entries(DEPENDS_ON_THE_VIEWER)) {
      expect(resolved[subscription]).toEqual(fields)
    }
  })

  test('with a field that looks at who asks, deep within, fails the check in every subscription that reaches it', () => {
    const schema = extendSchema(createSchema(), parse('extend type Actor { isMe: Boolean }'))
    const actor = schema.getType('Actor') as GraphQLObjectType
    actor.getFields()['isMe']!.resolve = ({ id }, _args, { viewer }) => id === viewer.userId
    expect(undeclared(resolvedFieldsOf(schema))).toEqual(
      [
        'notificationAdded',
        'notificationEvents',
        'ticketMessage',
        'ticketChanged',
        'supportMessage',
        'ticketList',
        'ticketPresence',
        'ticketReads',
        'userTyping',
      ].map((subscription) => `${subscription}: Actor.isMe`),
    )
  })
})
