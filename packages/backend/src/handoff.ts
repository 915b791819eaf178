import { Webhook } from 'standardwebhooks'
import type { Json } from './inputs.ts'

/** Who did something, as of then. */
export interface HandoffUser {
  readonly userId: string
  readonly role?: 'CUSTOMER' | 'AGENT' | 'ADMIN' | 'BACKEND'
  readonly name: string | null
  readonly avatarUrl: string | null
}

/** A notification that nobody saw, with the names and shapes of the schema. */
export interface HandoffNotification {
  readonly id: string
  readonly type: string
  readonly category: string
  readonly title: string
  readonly body: string | null
  readonly data: Json | null
  readonly actor: HandoffUser | null
  readonly actionUrl: string | null
  readonly imageUrl: string | null
  readonly priority: 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT'
  readonly createdAt: string
  readonly seenAt: string | null
  readonly readAt: string | null
  readonly archivedAt: string | null
  readonly expiresAt: string | null
  /** Whether its user has muted its category in the bell. What is handed off does not depend on that. */
  readonly isMuted: boolean
  /** What stands behind an entry of several; left out for one notification. */
  readonly group?: {
    readonly key: string
    readonly count: number
    /** The latest ones first. */
    readonly actors: readonly HandoffUser[]
    readonly latestAt: string
  }
}

/** A file that your product keeps, and a message refers to. */
export interface HandoffAttachment {
  readonly fileId: string | null
  readonly name: string
  readonly mediaType: string
  readonly bytes: number | null
  readonly url: string
}

/** A message of a ticket that its user has not read. */
export interface HandoffMessage {
  readonly id: string
  readonly number: number
  readonly visibility: 'PUBLIC' | 'INTERNAL'
  /** Null when the author was erased. */
  readonly author: HandoffUser | null
  /** Empty when there are only attachments. */
  readonly body: string
  readonly data: Json | null
  readonly attachments: readonly HandoffAttachment[]
  readonly replyToId: string | null
  readonly createdAt: string
}

type EventOf<Type extends string, Data> = {
  /** The same however often the event comes. Keep the ids that you have had, for a week. */
  readonly id: string
  readonly type: Type
  /** When it was made. */
  readonly time: string
  readonly data: Data
}

/** What Herald tells a backend. More types can come: pass over those that you do not know. */
export type HandoffEvent =
  | EventOf<
      'inbox.unseen',
      { readonly userId: string; readonly total: number; readonly notifications: readonly HandoffNotification[] }
    >
  | EventOf<
      'ticket.unseen',
      {
        readonly userId: string
        readonly ticket: { readonly id: string; readonly subject: string | null; readonly status: string }
        readonly unread: { readonly count: number; readonly isCapped: boolean }
        readonly messages: readonly HandoffMessage[]
      }
    >
  | EventOf<
      'ticket.assigned',
      {
        readonly ticketId: string
        readonly assignee: { readonly userId: string } | null
        readonly previousAssignee: { readonly userId: string } | null
        /** Null when a backend did it. */
        readonly by: { readonly userId: string } | null
      }
    >

/** Thrown for a request that Herald did not send in the last five minutes: answer it with 401. */
export class HeraldHandoffError extends Error {
  override readonly name = 'HeraldHandoffError'
}

/** A request to your webhook. */
export interface HandoffRequest {
  /** `HANDOFF_SECRET` of Herald; several are separated by commas, and one of them is enough. */
  readonly secret: string
  /** Those of Node.js, or of `fetch`. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** The body as it came, before anything has parsed it. */
  readonly body: string | Uint8Array
}

function headersOf(headers: HandoffRequest['headers']): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers)
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value ?? '')]))
}

/** As Herald takes it: 24 to 64 bytes. */
const A_SECRET = /^(whsec_)?[A-Za-z0-9+/]{32,86}={0,2}$/

function secretsOf(secret: string | undefined): readonly Webhook[] {
  const secrets = (secret ?? '').split(',').map((one) => one.trim())
  if (secrets.every((one) => A_SECRET.test(one))) return secrets.map((one) => new Webhook(one))
  throw new TypeError('`secret` must be HANDOFF_SECRET of Herald: whsec_ and 24 to 64 bytes in base64.')
}

/**
 * Checks that Herald sent a request to your webhook, and reads its event. Throws a HeraldHandoffError when Herald did not, and a TypeError for a
 * secret that is none. Answer with 204 when the event is stored: what is not answered comes again.
 */
export function readHandoff({ secret, headers, body }: HandoffRequest): HandoffEvent {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  const signed = headersOf(headers)
  const isSigned = secretsOf(secret).some((webhook) => {
    try {
      webhook.verify(text, signed)
      return true
    } catch {
      return false
    }
  })
  if (!isSigned) throw new HeraldHandoffError('The request is not signed by Herald, or it is older than five minutes.')
  return JSON.parse(text) as HandoffEvent
}
