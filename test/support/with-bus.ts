import type { Bus } from '../../src/bus/bus.ts'
import type { Description } from '../../src/delivery/description.ts'
import { createEvents as openEvents } from '../../src/events/events.ts'
import { createNotifications as openNotifications } from '../../src/notifications/notifications.ts'
import { createPresence as openPresence } from '../../src/presence/presence.ts'
import { createTickets as openTickets } from '../../src/tickets/tickets.ts'

const buses = new WeakMap<object, Bus>()

/** A subscription whose events are published on this bus, for whoever delivers it in a test. */
export function withBus<Described extends Description>(bus: Bus, description: Described): Described {
  buses.set(description, bus)
  return description
}

/** The bus of a subscription. */
export function busOf(description: Description): Bus {
  const bus = buses.get(description)
  if (!bus) throw new Error('Nobody said on which bus this is published.')
  return bus
}

type Describe = (...args: unknown[]) => Promise<Description>

/** A feature whose subscriptions are known to be published on its bus. */
function onItsBus<Deps extends { readonly bus: Bus }, Feature extends object>(create: (deps: Deps) => Feature) {
  return (deps: Deps): Feature => {
    const feature = create(deps)
    const follow = Object.entries(feature).filter(([name]) => name.startsWith('follow')) as [string, Describe][]
    const described = follow.map(([name, describe]) => [
      name,
      (...args: unknown[]) => describe(...args).then((description) => withBus(deps.bus, description)),
    ])
    return { ...feature, ...Object.fromEntries(described) }
  }
}

export const createEvents = onItsBus(openEvents)
export const createNotifications = onItsBus(openNotifications)
export const createPresence = onItsBus(openPresence)
export const createTickets = onItsBus(openTickets)
