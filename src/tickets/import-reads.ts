import { z } from 'zod'
import { requireActor } from '../auth/actor-input.ts'
import type { Actor } from '../auth/viewer.ts'
import { badInput } from '../lib/errors.ts'
import { requireText } from '../lib/input.ts'
import { TICKET_ID } from '../lib/values.ts'
import {
  type ImportKind,
  type ImportOutcome,
  importedActor,
  importedText,
  importedTime,
  OLD_ID,
  requirePast,
  requireShape,
} from '../storage/import-kind.ts'
import type { Tx } from '../storage/storage.ts'
import { type Audience, audienceOf, COLUMNS } from './audience.ts'
import { messageIdOf } from './import-draft.ts'
import { type TicketImportDeps, UNKNOWN_TICKET } from './import-tickets.ts'
import { moveMarks } from './read-marks.ts'

/** How far somebody had read a ticket: up to a message, or what was there at a time. */
export interface ImportedRead {
  readonly ticketId: string
  readonly user: Actor
  readonly upTo: { readonly messageId: string } | { readonly at: number }
}

const shape = z.strictObject({
  kind: z.literal('read'),
  ticketId: importedText,
  user: importedActor,
  messageId: importedText.nullish(),
  readAt: importedTime.nullish(),
})

function requireImportedRead(value: unknown, now: number): ImportedRead {
  const { ticketId, user, messageId, readAt } = requireShape(shape, value)
  requireText('ticketId', ticketId, TICKET_ID)
  requirePast({ readAt }, now)
  if ((messageId == null) === (readAt == null)) throw badInput('Give either messageId or readAt.')
  const upTo =
    messageId == null
      ? { at: readAt ?? 0 }
      : { messageId: messageIdOf(ticketId, requireText('messageId', messageId, OLD_ID)) }
  return { ticketId, user: requireActor('user', user), upTo }
}

/** Finds the number up to which was read, in the numbering of an audience. Undefined when there is no such message. */
async function findNumber(tx: Tx, { ticketId, upTo }: ImportedRead, audience: Audience): Promise<number | undefined> {
  const { number } = COLUMNS[audience]
  const row = await tx
    .selectFrom('messages')
    .select(number)
    .where('ticket_id', '=', ticketId)
    .where(number, 'is not', null)
    .$if('messageId' in upTo, (query) => query.where('id', '=', 'messageId' in upTo ? upTo.messageId : ''))
    .$if('at' in upTo, (query) => query.where('created_at', '<=', 'at' in upTo ? upTo.at : 0))
    .orderBy(number, 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.[number] ?? undefined
}

/** Creates the import of read marks of tickets. They move forward, never back, and nobody is told of them. */
export function createImportReads({ clock, targets }: TicketImportDeps): ImportKind<ImportedRead> {
  const storeOne = async (tx: Tx, read: ImportedRead): Promise<ImportOutcome> => {
    const { ticketId, user, upTo } = read
    const audience = audienceOf(user)
    const number = await findNumber(tx, read, audience)
    if (number === undefined) {
      // Nobody had written anything by then.
      if ('at' in upTo) return 'known'
      return { refused: 'messageId is unknown in this ticket: the line of the message must come first.' }
    }
    const mark = { ticket_id: ticketId, user_id: user.id, audience, number }
    return (await moveMarks(tx, [{ mark, user }])).length > 0 ? 'stored' : 'known'
  }

  return {
    check: (value) => requireImportedRead(value, clock.now()),
    store: async (tx, drafts) => {
      const found = await targets.read(
        tx,
        drafts.map(({ ticketId }) => ticketId),
      )
      const outcomes: ImportOutcome[] = []
      for (const draft of drafts) {
        outcomes.push(found.has(draft.ticketId) ? await storeOne(tx, draft) : { refused: UNKNOWN_TICKET })
      }
      return outcomes
    },
  }
}
