import type { Actor, Role } from '../auth/viewer.ts'
import { badInput } from '../lib/errors.ts'
import { optionalText, requireId, requireText } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import type { TicketStatus } from './ticket.ts'

/** Somebody, as a backend describes them. */
export interface ActorInput {
  readonly id: string
  /** CUSTOMER when left out. */
  readonly role?: Role | undefined
  readonly name?: string | null | undefined
  readonly avatarUrl?: string | null | undefined
}

/** A ticket as the backend knows it. What is left out stays as it is. */
export interface UpsertTicketInput {
  readonly id: string
  /** Null for none. */
  readonly subject?: string | null | undefined
  /** Null is the same as left out: a ticket always has a status. */
  readonly status?: TicketStatus | null | undefined
  /** Null for nobody. */
  readonly assignee?: ActorInput | null | undefined
  /** The whole list, in its order. Null is the same as left out. */
  readonly participants?: readonly ActorInput[] | null | undefined
}

/** What an upsert sets; undefined stays as it is. */
export interface TicketDraft {
  readonly id: string
  readonly subject: string | null | undefined
  readonly status: TicketStatus | undefined
  readonly assignee: Actor | null | undefined
  readonly participants: readonly Actor[] | undefined
}

const MAX_TICKET_ID = 128
const MAX_SUBJECT = 512
const MAX_NAME = 256
const MAX_URL = 2_048

const isWebAddress = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)

// A browser reads `//host` and `/\host` as the address of another host.
const isPath = (text: string): boolean => /^\/(?![/\\])/.test(text)

const optionalPicture = (name: string, value: string | null | undefined): string | null => {
  const text = optionalText(name, value, { max: MAX_URL })
  if (text === null || isPath(text) || isWebAddress(text)) return text
  throw badInput(`${name} must be an https or http address, or a path that begins with a slash.`)
}

/** Checks a description of somebody and fills in what was left out. Throws BAD_USER_INPUT. */
export const requireActor = (name: string, { id, role = 'CUSTOMER', ...rest }: ActorInput): Actor => ({
  id: requireId(`${name}.id`, id),
  role,
  name: optionalText(`${name}.name`, rest.name, { max: MAX_NAME }),
  avatarUrl: optionalPicture(`${name}.avatarUrl`, rest.avatarUrl),
})

const requireParticipants = (inputs: readonly ActorInput[], max: number): readonly Actor[] => {
  if (inputs.length > max) throw badInput(`participants has ${inputs.length} entries, at most ${max} are allowed.`)
  const actors = inputs.map((input) => requireActor('Each of participants', input))
  const ids = new Set(actors.map(({ id }) => id))
  if (ids.size < actors.length) throw badInput('participants names somebody twice.')
  return actors
}

/** Checks the input of an upsert. Throws BAD_USER_INPUT. */
export const requireTicketDraft = (
  { id, subject, status, assignee, participants }: UpsertTicketInput,
  { participants: max }: Pick<Limits, 'participants'>,
): TicketDraft => ({
  id: requireText('id', id, { max: MAX_TICKET_ID }),
  subject: subject == null ? subject : requireText('subject', subject, { max: MAX_SUBJECT }),
  status: status ?? undefined,
  assignee: assignee == null ? assignee : requireActor('assignee', assignee),
  participants: participants == null ? undefined : requireParticipants(participants, max),
})
