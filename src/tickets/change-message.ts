import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError, badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type AttachmentInput, requireAttachments } from './attachments.ts'
import { audienceOf } from './audience.ts'
import { requireOpen } from './closed-ticket.ts'
import { requireMessage } from './find-message.ts'
import { forgetEdits, keepEdit } from './message-edits.ts'
import { requireBody } from './message-input.ts'
import { publishActivity, publishMessage } from './publish-message.ts'
import { forgetReactions } from './reactions.ts'
import { changeMessageText, forgetTexts } from './search-texts.ts'
import type { SpendOnTicket } from './ticket-budget.ts'
import { type MessageRow, type TicketMessage, toMessage, visibilityOf } from './ticket-message.ts'
import { advanceTicket, lockTicket, ONE_CHANGE } from './ticket-streams.ts'
import { touchTicket } from './touch-ticket.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly spendOnTicket: SpendOnTicket
}

/** A change of a message that a viewer asks for. */
interface Wish {
  /** Throws FORBIDDEN when this message is not the viewer's to change. The answer never changes. */
  readonly requireMine: (row: MessageRow) => void
  /** Returns the columns to change; undefined when nothing does. Throws when the message can no longer be changed. */
  readonly change: (row: MessageRow, now: number) => Partial<MessageRow> | undefined
}

/** A message after a change. `tell` publishes the change; it is undefined when there was none. */
interface Outcome {
  readonly row: MessageRow
  readonly tell?: () => void
}

/** What an edit changes. What is undefined stays. */
interface Edit {
  readonly body: string | undefined
  /** The attachments as JSON text; null for none. */
  readonly attachments: string | null | undefined
}

/** Checks what can be checked of an edit without the message. Throws BAD_USER_INPUT. */
function requireEdit(
  body: string | null | undefined,
  given: readonly AttachmentInput[] | null | undefined,
  limits: Limits,
): Edit {
  if (body == null && given == null) throw badInput('Give body or attachments.')
  const attachments = given == null ? undefined : requireAttachments(given, limits)
  // An empty text is checked with the message: it needs attachments.
  return { body: body == null || body === '' ? (body ?? undefined) : requireBody(body, null, limits), attachments }
}

function edited({ userId }: Viewer, edit: Edit, limits: Limits): Wish {
  return {
    requireMine: (row) => {
      if (row.author_id !== userId) throw new AppError('FORBIDDEN', 'Only its author can edit a message.')
    },
    change: (row, now) => {
      if (row.deleted_at !== null) throw new AppError('CONFLICT', 'This message was deleted.')
      const { body = row.body, attachments = row.attachments } = edit
      if (row.body === body && row.attachments === attachments) return undefined
      return { body: requireBody(body, attachments, limits), attachments, edited_at: now }
    },
  }
}

/** What a message has of its author's once it is deleted. */
const NOTHING = { body: null, data: null, attachments: null, reactions: null }

function deleted({ userId, role }: Viewer): Wish {
  return {
    requireMine: (row) => {
      if (row.author_id !== userId && role !== 'ADMIN' && role !== 'BACKEND') {
        throw new AppError('FORBIDDEN', 'Only its author or an admin can delete a message.')
      }
    },
    change: (row, now) => (row.deleted_at === null ? { ...NOTHING, deleted_at: now } : undefined),
  }
}

/** Creates `Tickets.edit` and `Tickets.remove`, which change a stored message and publish that. */
export function createChangeMessage({ storage, bus, clock, limits, spendOnTicket }: Deps) {
  const store = async (tx: Tx, viewer: Viewer, id: string, wish: Wish): Promise<Outcome> => {
    // Checked before waiting for other writers. The ticket and visibility of a message never change; all else is read again under the lock.
    const [known] = await requireMessage(tx, viewer, id)
    wish.requireMine(known)
    const visibility = visibilityOf(known)
    await lockTicket(tx, known.ticket_id, visibility)
    const [before, ticket] = await requireMessage(tx, viewer, id)
    wish.requireMine(before)
    const now = clock.now()
    const change = wish.change(before, now)
    if (!change) return { row: before }
    requireOpen(ticket, viewer, change.deleted_at === undefined ? 'edit' : 'delete', visibility)
    spendOnTicket(viewer, ticket.id, { body: change.body ?? '', attachments: change.attachments ?? null })
    const streams = await advanceTicket(tx, known.ticket_id, visibility, ONE_CHANGE)
    const revisions = { public_revision: streams.public?.revision ?? null, staff_revision: streams.staff.revision }
    await tx
      .updateTable('messages')
      .set({ ...change, ...revisions })
      .where('id', '=', id)
      .execute()
    if (change.body === null) {
      await forgetEdits(tx, [id])
      await forgetReactions(tx, [id])
      await forgetTexts(tx, [id])
    } else if (change.body !== before.body) {
      await changeMessageText(tx, { ...before, ...change })
      await keepEdit(tx, before, { revision: streams.staff.revision, at: now })
    }
    const targets = await touchTicket(tx, ticket, visibility, now)
    const row = { ...before, ...change, ...revisions }
    return {
      row,
      tell: () => {
        publishMessage(bus, streams, row)
        publishActivity(bus, targets)
      },
    }
  }

  const change = async (viewer: Viewer, id: string, wish: Wish): Promise<TicketMessage> => {
    const { row, tell } = await storage.write((tx) => store(tx, viewer, id, wish), `message:${id}`)
    tell?.()
    return toMessage(row, audienceOf(viewer))
  }

  return {
    edit: async (
      viewer: Viewer,
      id: string,
      body: string | null | undefined,
      attachments?: readonly AttachmentInput[] | null,
    ): Promise<TicketMessage> => change(viewer, id, edited(viewer, requireEdit(body, attachments, limits), limits)),
    remove: (viewer: Viewer, id: string): Promise<TicketMessage> => change(viewer, id, deleted(viewer)),
  }
}
