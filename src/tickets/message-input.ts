import { type ActorInput, requireActor } from '../auth/actor-input.ts'
import { type Actor, actorOf, type Viewer } from '../auth/viewer.ts'
import { AppError, badInput } from '../lib/errors.ts'
import { optionalJson, requireBytes, requireText } from '../lib/input.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Limits } from '../lib/limits.ts'
import { CLIENT_MESSAGE_ID } from '../lib/values.ts'
import { type AttachmentInput, requireAttachments } from './attachments.ts'
import type { Visibility } from './audience.ts'

/** The input of `Tickets.send`: a message to a ticket. */
export interface SendInput {
  readonly ticketId: string
  /** The text. It may be left out, or empty, when there are attachments. */
  readonly body?: string | null | undefined
  /** Which audiences see the message. Left out: PUBLIC. */
  readonly visibility?: Visibility | undefined
  readonly data?: JsonObject | null | undefined
  readonly attachments?: readonly AttachmentInput[] | null | undefined
  /** The message that it answers. */
  readonly replyToId?: string | null | undefined
  readonly clientMessageId?: string | null | undefined
  /** The newest number on the writer's screen. Left out: it is not checked whether the writer has missed a message. */
  readonly expectedNumber?: number | null | undefined
  /** The author, which only backends may give. Left out: the viewer. */
  readonly author?: ActorInput | null | undefined
}

/** A message with checked input, which is stored if the ticket allows it. */
export interface MessageDraft {
  readonly ticketId: string
  readonly body: string
  readonly visibility: Visibility
  /** The data as JSON text. */
  readonly data: string | null
  /** The attachments as JSON text. */
  readonly attachments: string | null
  readonly replyToId: string | null
  readonly clientMessageId: string | null
  readonly expectedNumber: number | null
  readonly author: Actor
}

/**
 * Returns the body. Throws BAD_USER_INPUT unless it is text of 1 to `messageBytes` bytes with something to see in it. Beside attachments
 * (JSON text) it may be missing or empty, and is then an empty text: null stands for a deleted one.
 */
export function requireBody(
  body: string | null | undefined,
  attachments: string | null,
  { messageBytes }: Pick<Limits, 'messageBytes'>,
): string {
  if (attachments !== null && (body == null || body === '')) return ''
  if (body == null) throw badInput('body must be given, unless there are attachments.')
  return requireText('body', requireBytes('body', body, messageBytes), { max: messageBytes, multiline: true })
}

/** Throws FORBIDDEN when a customer is to write an internal note. Otherwise returns the visibility. */
export function requireVisibility({ role }: Pick<Viewer, 'role'>, visibility: Visibility): Visibility {
  if (role === 'CUSTOMER' && visibility === 'INTERNAL') throw new AppError('FORBIDDEN', 'Internal notes are for staff.')
  return visibility
}

function authorOf(viewer: Viewer, author: ActorInput | null | undefined, visibility: Visibility): Actor {
  if (author == null) return actorOf(viewer)
  if (viewer.role !== 'BACKEND') throw new AppError('FORBIDDEN', 'Only a backend can write for somebody else.')
  const actor = requireActor('author', author)
  requireVisibility(actor, visibility)
  return actor
}

function optionalNumber(value: number | null | undefined): number | null {
  if (value == null) return null
  if (!Number.isSafeInteger(value) || value < 0) throw badInput('expectedNumber must be 0 or more.')
  return value
}

/** Checks everything of a message that can be checked without the store. Throws BAD_USER_INPUT and FORBIDDEN. */
export function requireMessageDraft(
  viewer: Viewer,
  { ticketId, body, visibility = 'PUBLIC', data, clientMessageId, expectedNumber, author, ...input }: SendInput,
  limits: Limits,
): MessageDraft {
  const attachments = requireAttachments(input.attachments, limits)
  return {
    ticketId,
    visibility: requireVisibility(viewer, visibility),
    author: authorOf(viewer, author, visibility),
    body: requireBody(body, attachments, limits),
    data: optionalJson('data', data, limits.dataBytes),
    attachments,
    replyToId: input.replyToId ?? null,
    clientMessageId:
      clientMessageId == null ? null : requireText('clientMessageId', clientMessageId, CLIENT_MESSAGE_ID),
    expectedNumber: optionalNumber(expectedNumber),
  }
}
