import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import { AppError, badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { audienceOf } from './audience.ts'
import { requireOpen } from './closed-ticket.ts'
import { requireMessage } from './find-message.ts'
import { publishMessage } from './publish-message.ts'
import { reactionsOf, readReactions, requireEmoji } from './reactions.ts'
import type { SpendOnTicket } from './ticket-budget.ts'
import { type MessageRow, type TicketMessage, toMessage, visibilityOf } from './ticket-message.ts'
import { advanceTicket, lockTicket, ONE_CHANGE } from './ticket-streams.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly limits: Limits
  readonly spendOnTicket: SpendOnTicket
}

/** A reaction that a viewer adds or takes back. */
interface Wish {
  readonly messageId: string
  readonly emoji: string
  readonly isAdded: boolean
}

/** A message after a reaction. `tell` publishes it; it is undefined when nothing changed. */
interface Outcome {
  readonly row: MessageRow
  readonly tell?: () => void
}

async function hasReaction(tx: Tx, userId: string, { messageId, emoji }: Wish): Promise<boolean> {
  const found = await tx
    .selectFrom('reactions')
    .select('user_id')
    .where('message_id', '=', messageId)
    .where('emoji', '=', emoji)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return found !== undefined
}

/** Throws CONFLICT when the message was deleted, BAD_USER_INPUT when it has too many different reactions already. */
function requireRoom(row: MessageRow, { emoji }: Wish, max: number): void {
  if (row.deleted_at !== null) throw new AppError('CONFLICT', 'This message was deleted.')
  const known = reactionsOf(row.reactions)
  if (known.length >= max && !known.some((reaction) => reaction.emoji === emoji)) {
    throw badInput(`emoji is new to this message, which has ${max} different ones: the most that are allowed.`)
  }
}

async function write(tx: Tx, userId: string, { wish, ticketId, revision }: Written): Promise<void> {
  const { messageId: message_id, emoji, isAdded } = wish
  const row = { message_id, emoji, user_id: userId, ticket_id: ticketId, revision }
  if (isAdded) await tx.insertInto('reactions').values(row).execute()
  else {
    const mine = tx.deleteFrom('reactions').where('message_id', '=', message_id).where('user_id', '=', userId)
    await mine.where('emoji', '=', emoji).execute()
  }
}

/** A reaction, and the revision of the staff stream that changes it. */
interface Written {
  readonly wish: Wish
  readonly ticketId: string
  readonly revision: number
}

/**
 * Creates `Tickets.react`, which adds a reaction to a message or takes it back, and publishes the message. The ticket keeps its place in
 * lists: somebody who nods has written nothing.
 */
export function createReact({ storage, bus, limits, spendOnTicket }: Deps) {
  const store = async (tx: Tx, viewer: Viewer, wish: Wish): Promise<Outcome> => {
    // Checked before waiting for other writers, and again under the lock.
    const [{ ticket_id: ticketId, ...known }] = await requireMessage(tx, viewer, wish.messageId)
    const visibility = visibilityOf(known)
    await lockTicket(tx, ticketId, visibility)
    const [before, ticket] = await requireMessage(tx, viewer, wish.messageId)
    if ((await hasReaction(tx, viewer.userId, wish)) === wish.isAdded) return { row: before }
    if (wish.isAdded) requireRoom(before, wish, limits.reactions)
    requireOpen(ticket, viewer, 'react', visibility)
    spendOnTicket(viewer, ticketId, { body: wish.emoji })
    const streams = await advanceTicket(tx, ticketId, visibility, ONE_CHANGE)
    await write(tx, viewer.userId, { wish, ticketId, revision: streams.staff.revision })
    const change = {
      reactions: (await readReactions(tx, [before.id])).get(before.id) ?? null,
      public_revision: streams.public?.revision ?? null,
      staff_revision: streams.staff.revision,
    }
    await tx.updateTable('messages').set(change).where('id', '=', before.id).execute()
    const row = { ...before, ...change }
    return { row, tell: () => publishMessage(bus, streams, row) }
  }

  return async (viewer: Viewer, messageId: string, emoji: string, isAdded: boolean): Promise<TicketMessage> => {
    const wish = { messageId, emoji: requireEmoji(emoji), isAdded }
    const { row, tell } = await storage.write((tx) => store(tx, viewer, wish), `message:${messageId}`)
    tell?.()
    return toMessage(row, audienceOf(viewer))
  }
}
