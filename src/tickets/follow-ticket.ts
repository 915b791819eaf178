import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Feed } from '../feed/feed.ts'
import { followState, type Update } from '../feed/state.ts'
import type { Storage } from '../storage/storage.ts'
import { findTicket, type GuardAccess, requireTicket } from './access.ts'
import { audienceOf } from './audience.ts'
import { type Ticket, toTicket } from './ticket.ts'
import { laneOf } from './ticket-lanes.ts'
import { liveTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly guardAccess: GuardAccess
}

/** Makes `Tickets.followChanged`. */
export const createFollowTicket =
  ({ storage, bus, guardAccess }: Deps) =>
  async (viewer: Viewer, ticketId: string): Promise<Feed<Ticket>> => {
    const audience = audienceOf(viewer)
    await storage.read((tx) => requireTicket(tx, viewer, ticketId))
    const update: Update<Ticket> = {
      key: ticketId,
      // Read when the reader takes it, so that changes told in another order than they were made end up right.
      value: async () => {
        const row = await storage.read((tx) => findTicket(tx, viewer, ticketId))
        return row && toTicket(row, audience)
      },
    }
    return followState(bus, {
      source: `${laneOf(ticketId, audience)}:changed`,
      // What is unread, and in which numbering others have read, depends on who asks.
      scope: `user:${viewer.userId}`,
      topics: [liveTopic(ticketId, audience)],
      load: async () => [update],
      take: (event) => (event.type === 'changed' ? [update] : []),
      during: (fail) => guardAccess(viewer, ticketId, fail),
    })
  }
