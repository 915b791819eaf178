import type { Viewer } from '../auth/viewer.ts'
import type { Bus, Topic } from '../bus/bus.ts'
import type { Fail, SignalDescription } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { optionalJson, optionalText, requireText, requireTexts } from '../lib/input.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Limits } from '../lib/limits.ts'
import { EVENT_NAME, USER_ID } from '../lib/values.ts'
import { type CustomEvent, EVERYONE, type SentEvent, ticketEvents, userEvents } from './event.ts'

/** A custom event to send. */
export interface Outgoing {
  /** The name of the event: 1 to 128 characters of one line. */
  readonly event: string
  /** The content of the event: at most `limits.dataBytes` as JSON. */
  readonly data?: JsonObject | null | undefined
}

/** A custom event to send to many, and the user who must not get it, on any device. */
export interface OutgoingToMany extends Outgoing {
  readonly excludeUserId?: string | null | undefined
}

/** The id of a custom event that was sent, and when, in milliseconds since 1970. */
export interface SentReceipt {
  readonly id: string
  readonly at: number
}

/** Which custom events to follow. */
export interface EventFilter {
  /** Only events with these names. Left out: all. */
  readonly names?: readonly string[] | null | undefined
  /** A ticket whose events are followed as well. */
  readonly ticketId?: string | null | undefined
}

/**
 * Custom events, which reach the clients that follow them at that moment. It is no error when none does. All commands throw BAD_USER_INPUT.
 */
export interface Events {
  /** Sends an event to one user. */
  sendToUser(userId: string, outgoing: Outgoing): Promise<SentReceipt>
  /** Sends one event to 1 to `limits.recipients` users. A user who is named twice gets it once. */
  sendToMultipleUsers(userIds: readonly string[], outgoing: Outgoing): Promise<SentReceipt>
  /** Sends an event to everyone who follows a ticket. Throws NOT_FOUND when the viewer may not see such a ticket. */
  sendToTicket(viewer: Viewer, ticketId: string, outgoing: OutgoingToMany): Promise<SentReceipt>
  /** Sends an event to everyone who follows events. */
  broadcast(outgoing: OutgoingToMany): Promise<SentReceipt>
  /**
   * Signal: events to the viewer, to everyone, and to the ticket when one is given. Throws NOT_FOUND when the viewer may not see the
   * ticket. Ends with FORBIDDEN when the viewer loses access to it.
   */
  follow(viewer: Viewer, filter: EventFilter): Promise<SignalDescription<SentEvent, CustomEvent>>
}

/** What `createEvents` needs, with the access rules of tickets handed in. */
export interface EventsDeps {
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  /** Resolves to the audience of a ticket to which the viewer belongs. Throws NOT_FOUND. */
  readonly requireAudience: (viewer: Viewer, ticketId: string) => Promise<'public' | 'staff'>
  /** Calls `fail` when the viewer loses access to the ticket. Returns a function that stops watching. */
  readonly guardAccess: (viewer: Viewer, ticketId: string, fail: Fail) => () => void
}

function requireNames(names: readonly string[], max: number): ReadonlySet<string> {
  return new Set(requireTexts('names', names, max, EVENT_NAME))
}

/** Creates the commands and the subscription of custom events. */
export function createEvents({ bus, clock, limits, requireAudience, guardAccess }: EventsDeps): Events {
  const send = (
    topics: readonly Topic<SentEvent>[],
    { event, data, excludeUserId }: OutgoingToMany,
    ticketId: string | null = null,
  ): SentReceipt => {
    const name = requireText('event', event, EVENT_NAME)
    optionalJson('data', data, limits.dataBytes)
    const excluded = optionalText('excludeUserId', excludeUserId, USER_ID)
    const sent = { id: newId(), at: clock.now() }
    const onItsWay = { event: { ...sent, name, data: data ?? null, ticketId }, excludeUserId: excluded }
    for (const topic of topics) bus.publish(topic, onItsWay)
    return sent
  }

  return {
    sendToUser: async (userId, { event, data }) =>
      send([userEvents(requireText('userId', userId, USER_ID))], { event, data }),
    sendToMultipleUsers: async (userIds, { event, data }) =>
      send(requireTexts('userIds', userIds, limits.recipients, USER_ID).map(userEvents), { event, data }),
    sendToTicket: async (viewer, ticketId, outgoing) => {
      await requireAudience(viewer, ticketId)
      return send([ticketEvents(ticketId)], outgoing, ticketId)
    },
    broadcast: async (outgoing) => send([EVERYONE], outgoing),
    follow: async (viewer, { names, ticketId }) => {
      const wanted = names == null ? undefined : requireNames(names, limits.ids)
      if (ticketId != null) await requireAudience(viewer, ticketId)
      const topics = [userEvents(viewer.userId), EVERYONE]
      return {
        kind: 'signal',
        source: `events:${JSON.stringify([viewer.userId, ticketId ?? null, ...(wanted ?? [])])}`,
        // The viewer decides which events arrive, but not what they say.
        scope: 'everyone',
        topics: ticketId == null ? topics : [...topics, ticketEvents(ticketId)],
        take: ({ event, excludeUserId }) =>
          excludeUserId !== viewer.userId && (wanted?.has(event.name) ?? true) ? event : undefined,
        ...(ticketId != null && { during: (fail: Fail) => guardAccess(viewer, ticketId, fail) }),
      }
    },
  }
}
