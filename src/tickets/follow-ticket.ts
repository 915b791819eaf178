import type { Viewer } from '../auth/viewer.ts'
import type { StateDescription, Update } from '../delivery/description.ts'
import { type Wanted, wants } from '../lib/wanted.ts'
import type { Storage } from '../storage/storage.ts'
import { findTicket, type GuardAccess, requireTicket } from './access.ts'
import { audienceOf } from './audience.ts'
import type { LiveEvent } from './live-events.ts'
import { type Ticket, toTicket } from './ticket.ts'
import { streamOf } from './ticket-streams.ts'
import { type ActivityInvalidation, liveTopic, userActivityTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly guardAccess: GuardAccess
}

/** Creates `Tickets.followChanged`: the ticket at once, and again after each change of it, and of the viewer's mute where that is wanted. */
export function createFollowTicket({ storage, guardAccess }: Deps) {
  return async (
    viewer: Viewer,
    ticketId: string,
    wanted?: Wanted,
  ): Promise<StateDescription<LiveEvent | ActivityInvalidation, Ticket>> => {
    const audience = audienceOf(viewer)
    await storage.read((tx) => requireTicket(tx, viewer, ticketId))
    const update: Update<Ticket> = {
      key: ticketId,
      // Read when the reader takes it. So events that come in another order than they happened end up right.
      value: async () => {
        const row = await storage.read((tx) => findTicket(tx, viewer, ticketId))
        return row && toTicket(row, audience)
      },
    }
    const isMute = (event: ActivityInvalidation): boolean =>
      event.ticketId === ticketId && event.audience === audience && event.reasons?.includes('MUTE') === true
    const own = wants(wanted, 'isMuted', 'mutedUntil') ? [userActivityTopic(viewer.userId)] : []
    return {
      kind: 'state',
      source: `${streamOf(ticketId, audience)}:changed`,
      // What is unread, and in which numbering others have read, depends on the viewer.
      scope: { user: viewer.userId },
      topics: [liveTopic(ticketId, audience), ...own],
      load: async () => [update],
      take: (event) => (('type' in event ? event.type === 'changed' : isMute(event)) ? [update] : []),
      during: (fail) => guardAccess(viewer, ticketId, fail),
    }
  }
}
