import { onTestFinished } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { openMemoryMemberships } from '../../src/membership/memory-memberships.ts'
import type { Presence } from '../../src/presence/presence.ts'
import { presenceTopic } from '../../src/presence/presence-state.ts'
import { type Embedded, openEmbedded } from './embedded.ts'
import { viewer } from './viewer.ts'
import { createPresence } from './with-bus.ts'

/** A customer. */
export const ada = viewer('ada')
/** One of the staff. */
export const agent = viewer('sam', 'AGENT')

/** How long a user stays online after the last connection has gone. */
export const PRESENCE_GRACE_MS = 10_000
const STEP_MS = 1_000

/** Presence in memory, on a clock that stands still. */
export interface Scene extends Embedded {
  readonly presence: Presence
  /** A connection of a user; `closed` holds the reasons it was closed with. */
  connect(id: string, userId: string): Promise<{ readonly closed: readonly string[] }>
  /** Lets time pass, and then lets what it set off come to its end. */
  pass(ms: number): Promise<void>
}

/** Starts a node, a further one on mechanisms that are there; it ends with the test. */
export async function openScene(mechanisms?: Embedded): Promise<Scene> {
  const embedded = mechanisms ?? (await openEmbedded())
  const { storage, bus, clock, log, settled } = embedded
  const memberships = openMemoryMemberships({ clock, log })
  const deps = { storage, bus, clock, log, limits: DEFAULT_LIMITS, memberships, graceMs: PRESENCE_GRACE_MS }
  const opened = createPresence(deps)
  const close = async (): Promise<void> => {
    await opened.close()
    await memberships.close()
  }
  const presence = { ...opened, close }
  onTestFinished(close)
  return {
    ...embedded,
    presence,
    connect: async (id, userId) => {
      const closed: string[] = []
      await presence.enter({ id, userId, end: ({ message }) => closed.push(message) })
      return { closed }
    },
    pass: async (ms) => {
      await settled()
      for (let left = ms; left > 0; left -= STEP_MS) {
        clock.advance(Math.min(STEP_MS, left))
        await settled()
      }
      // What was due at the end, and was only found out there.
      clock.advance(0)
      await settled()
    },
  }
}

/** All that is told of a user on the bus from now on. */
export async function toldOf({ bus }: Scene, userId: string): Promise<boolean[]> {
  const told: boolean[] = []
  const subscription = bus.subscribe(presenceTopic(userId), {
    event: ({ isOnline }) => told.push(isOnline),
    gap: () => {},
  })
  onTestFinished(() => subscription.end())
  await subscription.live
  return told
}
