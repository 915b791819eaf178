import { isStaff, type Viewer } from '../auth/viewer.ts'
import type { StateDescription, Update } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import type { Storage } from '../storage/storage.ts'
import { type GuardAccess, requireTicket } from './access.ts'
import { type Audience, audienceOf } from './audience.ts'
import type { LiveEvent } from './live-events.ts'
import type { TicketReads } from './reads.ts'
import { createHoldReads, type HeldReads } from './shared-reads.ts'
import { streamOf } from './ticket-streams.ts'
import {
  DELIVERIES,
  type DeliveriesInvalidation,
  liveTopic,
  type MessagesChanged,
  messagesTopic,
  type ReadsInvalidation,
  readsTopic,
} from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly clock: Clock
  readonly guardAccess: GuardAccess
}

type ReadsEvent = MessagesChanged | LiveEvent | ReadsInvalidation | DeliveriesInvalidation

/** The tickets of an event, made once for all who receive it. */
const ticketsOf = new WeakMap<DeliveriesInvalidation, Readonly<Record<Audience, ReadonlySet<string>>>>()

function isDeliveredIn(event: DeliveriesInvalidation, ticketId: string, audience: Audience): boolean {
  const known = ticketsOf.get(event) ?? { public: new Set(event.public), staff: new Set(event.staff) }
  ticketsOf.set(event, known)
  return known[audience].has(ticketId)
}

/** Typing and presence say nothing of reads. A message does: its author has read. So does a change of the participants. */
function isAboutReads(event: ReadsEvent, ticketId: string, audience: Audience): boolean {
  if ('staff' in event) return isDeliveredIn(event as DeliveriesInvalidation, ticketId, audience)
  return !('type' in event) || event.type === 'changed'
}

/** Creates `Tickets.followReads`: how far everybody has read a ticket, whole each time, at most about once a second. */
export function createFollowReads({ storage, clock, guardAccess }: Deps) {
  const hold = createHoldReads({ storage, clock })

  return async (viewer: Viewer, ticketId: string): Promise<StateDescription<ReadsEvent, TicketReads>> => {
    const audience = audienceOf(viewer)
    await storage.read((tx) => requireTicket(tx, viewer, ticketId))
    let held: HeldReads | undefined
    const update = (find: 'find' | 'findNow'): Update<TicketReads> => ({
      key: ticketId,
      value: async () => {
        const found = await held?.[find]()
        // A participant who was removed meanwhile is told nothing more.
        return found && (isStaff(viewer) || found.participants.has(viewer.userId)) ? found.reads : undefined
      },
    })
    return {
      kind: 'state',
      source: `${streamOf(ticketId, audience)}:reads`,
      scope: { audience },
      topics: [
        readsTopic(ticketId, audience),
        messagesTopic(ticketId, audience),
        liveTopic(ticketId, audience),
        DELIVERIES,
      ],
      load: async () => [update('findNow')],
      take: (event) => {
        if (!isAboutReads(event, ticketId, audience)) return []
        held?.invalidate()
        return [update('find')]
      },
      // As long as nothing changes it is the same object. So customers get nothing when staff reads a note.
      isNewer: (reads, than) => reads !== than,
      during: (fail) => {
        const unguard = guardAccess(viewer, ticketId, fail)
        const holding = hold(ticketId, audience)
        held = holding
        return () => {
          unguard()
          holding.release()
        }
      },
    }
  }
}
