import { onTestFinished } from 'vitest'
import { createRevoke } from '../../src/auth/revoke.ts'
import type { Services } from '../../src/graphql/context.ts'
import { createEraseUser } from '../../src/graphql/erase-user.ts'
import { AppError } from '../../src/lib/errors.ts'
import { DEFAULT_LIMITS, DEFAULT_RETENTION, DEFAULT_TYPING } from '../../src/lib/limits.ts'
import { openMemoryMemberships } from '../../src/membership/memory-memberships.ts'
import { createPreferences } from '../../src/preferences/preferences.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createManualClock } from './clock.ts'
import { openEmbedded } from './embedded.ts'
import { createEvents, createNotifications, createPresence, createTickets } from './with-bus.ts'

async function away(): Promise<never> {
  throw new AppError('SERVICE_UNAVAILABLE', 'There is no store.')
}

/** The features over a store that is away: what they refuse is what they refuse without looking at what is stored. */
export async function openFeaturesWithoutStore(): Promise<Services> {
  const { bus, log } = await openEmbedded()
  const clock = createManualClock()
  const storage = { read: away, readOne: away, readForWrite: away, write: away, note: away } as unknown as Storage
  const limits = DEFAULT_LIMITS
  const deps = { storage, bus, clock, log, limits }
  const memberships = openMemoryMemberships(deps)
  const presence = createPresence({ ...deps, memberships, graceMs: 10_000 })
  onTestFinished(() => presence.close())
  const handOff = { ruleFor: () => undefined, schedule: async () => {}, lookAgain: async () => {} }
  const notifications = createNotifications({ ...deps, handOff })
  const tickets = createTickets({
    ...deps,
    typing: DEFAULT_TYPING,
    retention: DEFAULT_RETENTION,
    memberships,
    graceMs: 0,
  })
  const preferences = createPreferences(deps)
  const events = createEvents({ ...deps, requireAudience: async () => 'staff', guardAccess: () => () => {} })
  const eraseUser = createEraseUser({
    ...deps,
    notifications,
    tickets,
    presence,
    preferences,
    checkpoints: { erase: away } as never,
    eraseHandOffs: away,
  })
  const revoke = createRevoke({ revocations: { revoke: away }, clock, maxTokenMs: 60_000 })
  return { notifications, tickets, events, presence, preferences, revoke, eraseUser, limits, typing: DEFAULT_TYPING }
}
