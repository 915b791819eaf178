import { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import {
  type ImportKind,
  type ImportOutcome,
  importedActor,
  importedText,
  importedTime,
  requirePast,
  requireShape,
} from '../storage/import-kind.ts'
import type { Tx } from '../storage/storage.ts'
import type { TicketRow } from './ticket.ts'
import { requireTicketDraft, type TicketDraft } from './ticket-input.ts'
import { storeTicket } from './upsert-ticket.ts'

/** What imports of tickets, messages and read marks share. */
export interface TicketImportDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly limits: Limits
  /** The tickets that messages are imported to. */
  readonly targets: ImportTargets
}

/** A ticket to which something is imported, and when its newest message was sent; null when it has none. */
export interface ImportTarget {
  readonly ticket: TicketRow
  readonly newestAt: number | null
}

/** Finds the tickets to which messages and read marks are imported. */
export interface ImportTargets {
  /** Reads tickets by their ids. Those that are unknown are left out. */
  read(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, ImportTarget>>
  /** Why no ticket of this id can be imported any more. Undefined: it can. */
  obstacle(id: string): string | undefined
}

/** Why something is refused that names a ticket which Herald does not have. */
export const UNKNOWN_TICKET = 'ticketId is unknown: the line of the ticket must come first.'

async function readTargets(tx: Tx, ids: readonly string[]): Promise<Map<string, ImportTarget>> {
  const rows = await tx
    .selectFrom('tickets')
    .selectAll('tickets')
    .select(({ selectFrom }) =>
      selectFrom('messages')
        .select('messages.created_at')
        .whereRef('messages.ticket_id', '=', 'tickets.id')
        .orderBy('messages.staff_number', 'desc')
        .limit(1)
        .as('newestAt'),
    )
    .where('tickets.id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map(({ newestAt, ...ticket }) => [ticket.id, { ticket, newestAt }]))
}

/** The tickets of the database. */
export const knownTickets: ImportTargets = { read: readTargets, obstacle: () => undefined }

/**
 * Creates targets for trying an import in an empty database. A ticket that is missing is taken for one that Herald has, and made; it must not be
 * imported later on.
 */
export function createAssumedTickets(): ImportTargets {
  const assumed = new Set<string>()
  return {
    read: async (tx, ids) => {
      const found = await readTargets(tx, ids)
      const missing = ids.filter((id) => !found.has(id))
      for (const id of new Set(missing)) {
        await storeTicket(tx, requireTicketDraft({ id }, { participants: 0 }), 0)
        assumed.add(id)
      }
      return missing.length === 0 ? found : readTargets(tx, ids)
    },
    obstacle: (id) =>
      assumed.has(id) ? 'id is that of a ticket which earlier lines name: its own line must come first.' : undefined,
  }
}

/** A ticket as it is imported. */
export interface ImportedTicket {
  readonly draft: TicketDraft
  readonly createdAt: number
}

const shape = z.strictObject({
  kind: z.literal('ticket'),
  id: importedText,
  subject: z.string().nullish(),
  status: z.enum(['OPEN', 'PENDING', 'RESOLVED', 'CLOSED']).nullish(),
  assignee: importedActor.nullish(),
  participants: z.array(importedActor).nullish(),
  createdAt: importedTime,
})

function isDeleting(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE'
}

/**
 * Creates the import of tickets. One that Herald has already stays as it is, since its backend says how it is now. Nothing is published, and
 * nothing handed off.
 */
export function createImportTickets({ clock, limits, targets }: TicketImportDeps): ImportKind<ImportedTicket> {
  const storeOne = async (tx: Tx, { draft, createdAt }: ImportedTicket): Promise<ImportOutcome> => {
    const obstacle = targets.obstacle(draft.id)
    if (obstacle !== undefined) return { refused: obstacle }
    try {
      await storeTicket(tx, draft, createdAt)
      return 'stored'
    } catch (error) {
      if (isDeleting(error)) return { refused: error.message }
      throw error
    }
  }

  return {
    check: (value) => {
      const { createdAt, ...input } = requireShape(shape, value)
      const draft = requireTicketDraft(input, limits)
      requirePast({ createdAt }, clock.now())
      return { draft, createdAt }
    },
    store: async (tx, drafts) => {
      const ids = drafts.map(({ draft }) => draft.id)
      const rows = await tx.selectFrom('tickets').select('id').where('id', 'in', ids).execute()
      const known = new Set(rows.map(({ id }) => id))
      const outcomes: ImportOutcome[] = []
      for (const one of drafts) {
        const { id } = one.draft
        const outcome = known.has(id) && targets.obstacle(id) === undefined ? 'known' : await storeOne(tx, one)
        if (outcome === 'stored') known.add(id)
        outcomes.push(outcome)
      }
      return outcomes
    },
  }
}
