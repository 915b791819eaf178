import { type Actor, actorOf, type Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { StateDescription } from '../delivery/description.ts'
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { HowLeft, MembershipChange, Memberships } from '../membership/memberships.ts'
import type { GuardAccess } from './access.ts'
import { AUDIENCES, type Audience } from './audience.ts'
import type { LiveEvent, PresenceChanged, TicketPresence } from './live-events.ts'
import { streamOf } from './ticket-streams.ts'
import { liveTopic } from './topics.ts'

interface Deps {
  readonly memberships: Memberships
  /** How long a user stays in a ticket after their last connection was lost, in milliseconds. */
  readonly graceMs: number
  /** How many customers, and how many of the staff, are named at most. */
  readonly max: number
  readonly bus: Bus
  readonly log: Log
  readonly guardAccess: GuardAccess
}

function isCustomer({ role }: Pick<Viewer, 'role'>): boolean {
  return role === 'CUSTOMER'
}

/** The first `max` customers and the first `max` of the staff, as far as an audience may know of them. */
function namedOf(
  visitors: readonly Actor[],
  audience: Audience,
  max: number,
): Pick<TicketPresence, 'viewers' | 'isCapped'> {
  const seen = { customers: 0, staff: 0 }
  const known = audience === 'staff' ? visitors : visitors.filter(isCustomer)
  const viewers = known.filter((actor) => (isCustomer(actor) ? ++seen.customers : ++seen.staff) <= max)
  return { viewers, isCapped: viewers.length < known.length }
}

/** Returns a function that puts the newest list into events that arrive late. So the last list that a subscriber receives is right. */
function createNewest() {
  let newest: PresenceChanged | undefined
  return (event: PresenceChanged): TicketPresence => {
    if (newest && event.version < newest.version) {
      const { viewers, isCapped } = newest.presence
      return { ...event.presence, viewers, isCapped }
    }
    newest = event
    return event.presence
  }
}

/** Creates what tickets know of presence: joining, leaving and following it. Each ticket is a room, named by its id. */
export function createTicketPresence({ memberships, graceMs, max, bus, log, guardAccess }: Deps) {
  const leaving = new Map<string, Set<(ending: HowLeft) => void>>()

  const publish = (
    change: 'JOINED' | 'LEFT',
    { room: ticketId, value: user, version, named }: MembershipChange<Actor>,
  ): void => {
    // Customers never sense staff: neither that it comes and goes, nor in the list of those who are here.
    for (const audience of isCustomer(user) ? AUDIENCES : (['staff'] as const)) {
      const presence = { ticketId, change, user, ...namedOf(named, audience, max) }
      bus.publish(liveTopic(ticketId, audience), { type: 'presence', isWhole: true, version, presence })
    }
  }

  const rooms = memberships.open<Actor>({
    name: 'ticket',
    graceMs,
    // One more than is shown says that there are more.
    naming: {
      max: max + 1,
      groups: ['customers', 'staff'],
      groupOf: (user) => (isCustomer(user) ? 'customers' : 'staff'),
    },
    came: (change) => publish('JOINED', change),
    went: async (changes) => {
      for (const change of changes) publish('LEFT', change)
    },
  })

  return {
    /** Puts the viewer in the ticket. They are in it until the returned function is called, which is leaving, or the connection is lost. */
    join: (viewer: Viewer, ticketId: string, connectionId: string): (() => void) => {
      const connection = { room: ticketId, member: viewer.userId, id: newId(), value: actorOf(viewer) }
      // The memberships remember it. When they do not answer, their sweep reports that.
      const note = (err: unknown): void => log.debug({ err }, 'the rooms of tickets do not answer')
      const joined = rooms.enter(connection).catch(note)
      const open = leaving.get(connectionId) ?? new Set()
      const leave = (ending: HowLeft): void => {
        if (!open.delete(leave)) return
        if (open.size === 0) leaving.delete(connectionId)
        void joined.then(() => rooms.leave(connection, ending)).catch(note)
      }
      leaving.set(connectionId, open.add(leave))
      return () => leave('left')
    },
    /** The connection was lost: its user stays in the tickets that it joined for the grace. */
    leaveAll: (connectionId: string): void => {
      for (const leave of leaving.get(connectionId) ?? []) leave('lost')
    },
    follow: (viewer: Viewer, ticketId: string, audience: Audience): StateDescription<LiveEvent, TicketPresence> => {
      const newest = createNewest()
      return {
        kind: 'state',
        source: `${streamOf(ticketId, audience)}:presence`,
        scope: { audience },
        topics: [liveTopic(ticketId, audience)],
        load: async () => {
          const named = namedOf(await rooms.named(ticketId), audience, max)
          return [{ key: '', value: { ticketId, change: 'PRESENT', user: null, ...named } }]
        },
        // By user, so that a slow reader misses nobody. Every value names all who are here.
        take: (event) =>
          event.type === 'presence' && event.isWhole
            ? [{ key: event.presence.user?.id ?? '', value: newest(event) }]
            : [],
        during: (fail) => guardAccess(viewer, ticketId, fail),
      }
    },
  }
}
