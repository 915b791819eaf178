import type { Positions } from './delivery/positions.ts'
import type { Erasure, Services } from './graphql/context.ts'
import type { Clock } from './lib/clock.ts'
import type { Storage } from './storage/storage.ts'

/** All that keeps something of a user. */
export interface EraseUserDeps extends Pick<Services, 'notifications' | 'tickets' | 'presence'> {
  readonly storage: Storage
  readonly positions: Positions
  readonly clock: Clock
}

/** Removes a user from every feature in one transaction, then tells their devices and closes their sockets. */
export const createEraseUser =
  ({ storage, notifications, tickets, presence, positions, clock }: EraseUserDeps) =>
  async (userId: string): Promise<Erasure> => {
    const [inbox, messages] = await storage.write(async (tx) => {
      await presence.erase(tx, userId)
      const erased = [await notifications.erase(tx, userId), await tickets.erase(tx, userId)] as const
      // Last: what is in Redis does not come back when the transaction fails.
      await positions.erase(tx, userId)
      return erased
    })
    inbox.tell()
    messages.tell()
    await presence.disconnect(userId, 'This user was erased.')
    return { notifications: inbox.count, messages: messages.count, at: clock.now() }
  }
