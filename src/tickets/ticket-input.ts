import { type ActorInput, requireActor } from '../auth/actor-input.ts'
import type { Actor } from '../auth/viewer.ts'
import { badInput } from '../lib/errors.ts'
import { requireText } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { TICKET_ID, TITLE } from '../lib/values.ts'
import type { TicketStatus } from './ticket.ts'

/** The input of `Tickets.upsert`: a ticket as the backend knows it. Fields that are left out stay as they are. */
export interface UpsertTicketInput {
  readonly id: string
  /** Null: the ticket has no subject. */
  readonly subject?: string | null | undefined
  /** Null is the same as left out: a ticket always has a status. */
  readonly status?: TicketStatus | null | undefined
  /** Null: nobody is assigned. */
  readonly assignee?: ActorInput | null | undefined
  /** The whole list, in its order. Null is the same as left out. */
  readonly participants?: readonly ActorInput[] | null | undefined
}

/** What an upsert sets. Fields that are undefined stay as they are. */
export interface TicketDraft {
  readonly id: string
  readonly subject: string | null | undefined
  readonly status: TicketStatus | undefined
  readonly assignee: Actor | null | undefined
  readonly participants: readonly Actor[] | undefined
}

function requireParticipants(inputs: readonly ActorInput[], max: number): readonly Actor[] {
  if (inputs.length > max) throw badInput(`participants has ${inputs.length} entries, at most ${max} are allowed.`)
  const actors = inputs.map((input, index) => requireActor(`participants[${index}]`, input))
  const ids = new Set(actors.map(({ id }) => id))
  if (ids.size < actors.length) throw badInput('participants names somebody twice.')
  return actors
}

/** Checks the input of an upsert. Throws BAD_USER_INPUT. */
export function requireTicketDraft(
  { id, subject, status, assignee, participants }: UpsertTicketInput,
  { participants: max }: Pick<Limits, 'participants'>,
): TicketDraft {
  return {
    id: requireText('id', id, TICKET_ID),
    subject: subject == null ? subject : requireText('subject', subject, TITLE),
    status: status ?? undefined,
    assignee: assignee == null ? assignee : requireActor('assignee', assignee),
    participants: participants == null ? undefined : requireParticipants(participants, max),
  }
}
